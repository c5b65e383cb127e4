/** Carries out one piece after the other, and has the next one made while the database works. */
export async function oneAhead<Piece>(
  pieces: Iterable<Piece>,
  carryOut: (piece: Piece) => Promise<void>,
): Promise<void> {
  let underWay = Promise.resolve();
  try {
    for (const piece of pieces) {
      await underWay;
      underWay = carryOut(piece);
    }
  } catch (error) {
    // What is under way has an end of its own, which somebody must wait for.
    await underWay.catch(() => undefined);
    throw error;
  }
  await underWay;
}

/** So many at once that they weigh no more than the limit of the piece together; one that weighs more stands alone. */
export function* piecesOf<Each>(
  all: Iterable<Each>,
  limitOf: () => number,
  weightOf: (each: Each) => number,
): Generator<readonly Each[]> {
  let some: Each[] = [];
  let weight = 0;
  let limit = limitOf();
  for (const each of all) {
    const more = weightOf(each);
    if (some.length > 0 && weight + more > limit) {
      yield some;
      some = [];
      weight = 0;
      limit = limitOf();
    }
    some.push(each);
    weight += more;
  }
  if (some.length > 0) yield some;
}
