import type { Clock, Random } from "@qianzhi/sdk";
import type { Database } from "../store/database.ts";
import type { Behaviour } from "./behaviour.ts";

/** Sizes and times that the platform advertises and keeps to. */
export interface PlatformLimits {
  /** Bytes, uncompressed, that one batch may have. */
  readonly maxBatchBytes: number;
  /** How far a signature's `created` may lie from the platform's clock, in seconds. */
  readonly replayWindowSeconds: number;
  /** How long receipts are kept at least; the last one of a stream is kept for ever. */
  readonly retainReceiptsMs: number;
  /** Nonces remembered against replay. When they are all in use, requests are asked to wait. */
  readonly maxNonces: number;
}

export const defaultLimits: PlatformLimits = {
  maxBatchBytes: 16 * 1024 * 1024,
  replayWindowSeconds: 300,
  retainReceiptsMs: 30 * 24 * 3_600_000,
  maxNonces: 200_000,
};

/** What every part of the platform shares. */
export interface Context {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: PlatformLimits;
  /** Told to misbehave here. */
  readonly behaviour: Behaviour;
}

/** The platform's clock as RFC 3339 text, in UTC. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
