import type { Outbox } from "../outbox/outbox.ts";
import { clearUp } from "../outbox/retention.ts";

const EVERY_MS = 60_000;
/** Between the steps of a long clearing up, so that it never holds sealing up for long. */
const PAUSE_MS = 20;

/** Clears the outbox up once a minute, in small steps. */
export class Housekeeping {
  readonly #outbox: Outbox;
  #doneAt: number | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Takes a step if one is due; answers how long until the next at most, in milliseconds. */
  step(): number {
    const now = this.#outbox.store.world.clock.monotonic();
    if (this.#doneAt !== undefined && now - this.#doneAt < EVERY_MS)
      return EVERY_MS - (now - this.#doneAt);
    if (clearUp(this.#outbox)) return PAUSE_MS;
    this.#doneAt = now;
    return EVERY_MS;
  }
}
