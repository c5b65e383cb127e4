/** A place in a configuration file, what is wrong there and what to write instead, in both languages. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The property, `pipelines.persons.map.sex`. */
  readonly path: string;
  readonly message: string;
  readonly zh: string;
}

export type ConfigPath = readonly (string | number)[];

/** Takes the problems of one file as they are found; the file's own text says where each place is. */
export interface ProblemList {
  error(path: ConfigPath, message: string, zh: string): void;
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

/** Reports a name that refers to nothing, with the names there are. */
export function unknownName(
  problems: ProblemList, path: ConfigPath, name: string,
  what: { readonly en: string; readonly zh: string; readonly known: readonly string[] },
): void {
  const meant = nearest(name, what.known);
  const known = what.known.join(", ");
  problems.error(
    path,
    `there is no ${what.en} ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}${known === "" ? "" : ` Known: ${known}`}`,
    `没有名为 ${name} 的${what.zh}${meant === undefined ? "" : `，是否应为 ${meant}？`}${known === "" ? "" : ` 现有：${known}`}`,
  );
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
