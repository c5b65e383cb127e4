import type { QianzhiError, StreamName, Target, TargetCapabilities, World } from "@qianzhi/sdk";
import type { OnVoided } from "../outbox/epoch.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { OnReceipt } from "../outbox/receive.ts";
import { DeliveryLoop } from "./delivery-loop.ts";

/** Times in milliseconds. */
export interface DeliveryLimits {
  /** Streams served side by side. */
  readonly maxStreams: number;
  /** How often positions are compared when nothing else asks for it. */
  readonly alignEveryMs: number;
  /** How often to look for batches that other processes sealed. */
  readonly pollMs: number;
  /** How often to ask for receipts that come later. */
  readonly receiptsEveryMs: number;
  /** `drain` gives up when nothing has moved for this long and the next attempt lies beyond it. */
  readonly drainPatienceMs: number;
}

export const defaultDeliveryLimits: DeliveryLimits = {
  maxStreams: 8,
  alignEveryMs: 3_600_000,
  pollMs: 1_000,
  receiptsEveryMs: 30_000,
  drainPatienceMs: 30_000,
};

/** Told, within the transaction that voids what waits, that the platform takes no records of this version: QZ_POLICY_WITHHELD. */
export type OnWithheld = (stream: StreamName, version: string, denied: QianzhiError) => void;

export interface DeliveryOptions {
  readonly outbox: Outbox;
  /** Owned by the caller: stopping does not close it. */
  readonly target: Target;
  readonly world: World;
  /** Asked at every send of records, not of deletes alone; an error voids the stream's batches of that version. */
  readonly mayLeave?: (resource: string, version: string) => QianzhiError | undefined;
  /** True for pipelines whose records have no source to be read again from. Default: none. */
  readonly resealable?: (pipeline: string) => boolean;
  /** Take each stream over from the instance in force, once. */
  readonly takeOver?: boolean;
  readonly onReceipt?: OnReceipt;
  readonly onVoided?: OnVoided;
  readonly onWithheld?: OnWithheld;
  readonly limits?: Partial<DeliveryLimits>;
}

export interface StreamFailure {
  readonly stream: StreamName;
  readonly error: QianzhiError;
  /** Milliseconds until the next attempt. */
  readonly retryInMs: number;
}

export interface DeliveryState {
  readonly running: boolean;
  readonly capabilities?: TargetCapabilities;
  /** The target as a whole cannot be used at this time. */
  readonly target?: {
    readonly error: QianzhiError;
    readonly failures: number;
    readonly retryInMs: number;
  };
  /** Receipts that come later cannot be had at this time; batches are sent all the same. */
  readonly receipts?: { readonly error: QianzhiError; readonly retryInMs: number };
  /** Another instance is in force: nothing will be sent any more. */
  readonly taken?: QianzhiError;
  readonly streams: readonly StreamFailure[];
}

/**
 * Delivers what the outbox holds: each stream in order, streams side by side, until it is stopped. Never drops anything.
 */
export interface Delivery {
  /** Starting twice is fine. */
  start(): void;
  /** Ends attempts under way; resolves when nothing runs any more. Stopping twice is fine. */
  stop(): Promise<void>;
  /**
   * Resolves when every batch was sent and answered, or handed over. Throws the reason when what still waits cannot be sent
   * now. Runs delivery for its own duration when it is not started.
   */
  drain(signal?: AbortSignal): Promise<void>;
  state(): DeliveryState;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  return new DeliveryLoop(options, { ...defaultDeliveryLimits, ...options.limits });
}
