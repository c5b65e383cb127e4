/*
 * Memory outside the collector's heap is freed only when the collector comes by, and each fresh piece is made of page
 * faults. A load that takes new memory for every page and batch grows by tens of megabytes for nothing, so a little of
 * what was used is kept for the next.
 */

/** Enough for the pages and the bytes of the batch that is sealed and of the one that is gathered. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_PIECES = 32;
/** A piece that is larger than this many times what is asked for waits for somebody who needs it. */
const WASTE = 4;

const spare: Buffer[] = [];

/** Memory with any content, at least as large as asked for. */
export function takeMemory(bytes: number): Buffer {
  let best: Buffer | undefined;
  for (const piece of spare)
    if (
      piece.length >= bytes &&
      piece.length <= bytes * WASTE &&
      piece.length < (best?.length ?? Infinity)
    )
      best = piece;
  if (best === undefined) return Buffer.allocUnsafeSlow(bytes);
  spare.splice(spare.indexOf(best), 1);
  return best;
}

/** A function that gives the memory back, the first time it is called; nobody may read or write it afterwards. */
export function spending(memory: Buffer): () => void {
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    const kept = spare.reduce((sum, { length }) => sum + length, memory.length);
    if (kept <= MOST_BYTES && spare.length < MOST_PIECES) spare.push(memory);
  };
}
