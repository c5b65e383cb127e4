import type { StreamRow } from "../outbox/stream-table.ts";
import type { DeliveryLimits, DeliveryOptions, StreamFailure } from "./delivery.ts";
import { createLane, laneFailure, type Lane } from "./lane.ts";

/** What delivery knows of all streams: which has something to do, whose turn it is, and when the next may try. */
export class Lanes {
  readonly #options: DeliveryOptions;
  readonly #limits: DeliveryLimits;
  readonly #lanes = new Map<number, Lane>();

  constructor(options: DeliveryOptions, limits: DeliveryLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  of(row: StreamRow): Lane {
    const known = this.#lanes.get(row.id);
    if (known !== undefined) return known;
    const lane = createLane(row, this.#options.world);
    this.#lanes.set(row.id, lane);
    return lane;
  }

  /** `canAsk`: the target tells positions, as far as is known. */
  hasWork(row: StreamRow, canAsk: boolean): boolean {
    return row.sealed_batches > 0 || row.reseal_batches > 0 || this.isAlignmentDue(row, canAsk);
  }

  isAlignmentDue(row: StreamRow, canAsk: boolean): boolean {
    if (!canAsk) return false;
    const { alignedAt } = this.of(row);
    const now = this.#options.world.clock.monotonic();
    return alignedAt === undefined || now - alignedAt >= this.#limits.alignEveryMs;
  }

  /** Streams that have something to do and may try now, the one served longest ago first. */
  ready(rows: readonly StreamRow[], canAsk: boolean): readonly StreamRow[] {
    return rows
      .filter((row) => {
        const lane = this.of(row);
        return this.hasWork(row, canAsk) && !lane.running && lane.circuit.wait === 0;
      })
      .sort((a, b) => this.of(a).servedAt - this.of(b).servedAt);
  }

  /** Milliseconds until the first of those that wait may try again; Infinity when none waits. */
  soonest(rows: readonly StreamRow[]): number {
    const waits = rows.map((row) => this.of(row).circuit.wait).filter((wait) => wait > 0);
    return Math.min(...waits);
  }

  failures(): readonly StreamFailure[] {
    return [...this.#lanes.values()].flatMap(laneFailure);
  }
}
