import type { EventQueue } from "./event-queue.ts";
import type { Dice } from "./seeded-random.ts";

/** Acts again and again, a quarter of the gap to the gap apart, until it is over. Without a gap it never acts. */
export function recurring(
  { queue, dice }: { readonly queue: EventQueue; readonly dice: Dice },
  gapMs: number | undefined,
  { act, isOver }: { readonly act: () => void; readonly isOver: () => boolean },
): void {
  if (gapMs === undefined) return;
  const next = (): void =>
    void queue.after(dice.between(Math.ceil(gapMs / 4), gapMs), () => {
      if (isOver()) return;
      act();
      next();
    });
  next();
}
