import type { StreamName, World } from "@qianzhi/sdk";
import { nameOf, type StreamRow } from "../outbox/stream-table.ts";
import { Circuit } from "./circuit.ts";
import type { StreamFailure } from "./delivery.ts";

/** What delivery remembers of a stream while it runs. */
export interface Lane {
  readonly stream: StreamName;
  readonly circuit: Circuit;
  alignedAt: number | undefined;
  servedAt: number;
  running: boolean;
}

export function createLane(row: StreamRow, { clock, random }: World): Lane {
  return {
    stream: nameOf(row),
    circuit: new Circuit(clock, random),
    alignedAt: undefined,
    servedAt: 0,
    running: false,
  };
}

/** The lane's standing failure, if it has one. */
export function laneFailure({ stream, circuit }: Lane): readonly StreamFailure[] {
  const { failure, wait } = circuit;
  return failure === undefined ? [] : [{ stream, error: failure.error, retryInMs: wait }];
}
