import { QianzhiError, type Log, type World } from "@qianzhi/sdk";
import type { EventQueue } from "./event-queue.ts";
import type { Dice } from "./seeded-random.ts";

/**
 * One process of the agent. What waits in a process that died is never woken: its timers do not fire, its requests are
 * not answered, though they may still arrive.
 */
export interface Life {
  alive: boolean;
  /** Resolves after so long, or at once when the signal aborts. Never, in a process that is dead by then. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export function beginLife(queue: EventQueue): Life {
  const life: Life = {
    alive: true,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          signal?.removeEventListener("abort", stop);
          if (life.alive) resolve();
        };
        const cancel = queue.after(ms, wake);
        const stop = (): void => {
          cancel();
          wake();
        };
        signal?.addEventListener("abort", stop, { once: true });
      }),
  };
  return life;
}

/** Waits in the middle of a request: QZ_CANCELLED promptly when the signal aborts. A process that is dead never gets beyond. */
export async function pause(life: Life, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0 || !life.alive) await life.sleep(ms, signal);
  if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "simulated" });
}

interface SeenWorld {
  readonly life: Life;
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly log: Log;
  readonly skewMs: () => number;
}

/** What a process sees of the world. Its monotonic clock has an origin of its own. */
export function worldOf({ life, queue, dice, log, skewMs }: SeenWorld): World {
  const origin = queue.now - dice.between(0, 1_000_000);
  return {
    clock: { now: () => queue.now + skewMs(), monotonic: () => queue.now - origin },
    timers: { sleep: (ms, signal) => life.sleep(ms, signal) },
    random: dice,
    log,
  };
}
