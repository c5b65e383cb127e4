interface Event {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

const START_MS = Date.UTC(2026, 0, 5, 1);

/**
 * The one clock of a simulated world. Time passes only when everything is at rest: every promise that can settle has
 * settled, and no real work (opening files) is under way. Then the earliest event happens.
 */
export class EventQueue {
  now = START_MS;
  /** Told after each event, when everything is at rest. */
  onRest = (): void => undefined;
  #events: Event[] = [];
  #order = 0;
  #held: Promise<unknown>[] = [];

  /** Lets something happen `ms` from now, in whole milliseconds as real timers do; answers how to call it off. */
  after(ms: number, fire: () => void): () => void {
    const event = { at: this.now + Math.max(0, Math.ceil(ms)), order: this.#order++, fire };
    this.#events.push(event);
    return () => {
      const at = this.#events.indexOf(event);
      if (at >= 0) this.#events.splice(at, 1);
    };
  }

  /** Time stands still until this real work is done. */
  hold(work: Promise<unknown>): void {
    this.#held.push(work);
  }

  /** Moves on from event to event up to that time. */
  async runUntil(time: number): Promise<void> {
    for (;;) {
      await this.#rest();
      const event = this.#takeBefore(time);
      if (event === undefined) break;
      this.now = event.at;
      event.fire();
    }
    this.now = time;
  }

  async #rest(): Promise<void> {
    do {
      await Promise.allSettled(this.#held.splice(0));
      // Promises settle without end before the next turn of the loop comes.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#held.length > 0 || isAtFiles());
    this.onRest();
  }

  #takeBefore(time: number): Event | undefined {
    let first: Event | undefined;
    for (const event of this.#events)
      if (
        first === undefined ||
        event.at < first.at ||
        (event.at === first.at && event.order < first.order)
      )
        first = event;
    if (first === undefined || first.at > time) return undefined;
    this.#events.splice(this.#events.indexOf(first), 1);
    return first;
  }
}

/** Whether files are being opened, closed or removed: real work, which no simulated time may overtake. */
const isAtFiles = (): boolean =>
  process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq") || name === "CloseReq");
