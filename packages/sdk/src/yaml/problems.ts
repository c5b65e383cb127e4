/** A place in a file, what is wrong there and what to write instead, in both languages. Holds no secret. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The property, `items.3.maxLength`. */
  readonly path: string;
  readonly message: string;
  readonly zh: string;
}

export type ConfigPath = readonly (string | number)[];

/** Takes the problems of one file as they are found; the file's own text says where each place is. */
export interface ProblemList {
  error(path: ConfigPath, message: string, zh: string): void;
  /** As `error`, at the property's name instead of its value. */
  misnamed(path: ConfigPath, message: string, zh: string): void;
  warn(path: ConfigPath, message: string, zh: string): void;
}

/** The candidate that a misspelt word most likely means; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(word.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > least || (distance === least && best !== undefined)) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
