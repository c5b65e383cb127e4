import type { Database } from "@qianzhi/exchange";
import { personColumns, type PersonRow } from "./naive-poller.ts";
import { copyOf } from "./story.ts";
import { say, type Word } from "./words.ts";

/** How a copy of the persons differs from the department's table. */
export interface Difference {
  readonly missing: number;
  readonly outdated: number;
  /** Gone in the source, still in the copy. */
  readonly surplus: number;
}

/** Persons that the table has and that are not struck off. */
export const liveRows = (database: Database): number =>
  database
    .prepare<{ readonly count: number }>("SELECT count(*) AS count FROM rkxx WHERE zxbz = 0")
    .get()?.count ?? 0;

/** Compares a copy with the table as it is now, by what both have of a person: address and telephone. */
export function differenceOf(
  database: Database,
  copy: ReadonlyMap<unknown, { readonly address: unknown; readonly phone: unknown }>,
): Difference {
  const rows = database
    .prepare<PersonRow>(`SELECT ${personColumns} FROM rkxx WHERE zxbz = 0`)
    .all();
  const live = new Set<unknown>(rows.map(({ sfzh }) => sfzh));
  const held = rows.map(({ sfzh, dz, lxdh }) => ({ dz, lxdh, there: copy.get(sfzh) }));
  return {
    missing: held.filter(({ there }) => there === undefined).length,
    outdated: held.filter(
      ({ dz, lxdh, there }) =>
        there !== undefined && (there.address !== dz || there.phone !== lxdh),
    ).length,
    surplus: [...copy.keys()].filter((id) => !live.has(id)).length,
  };
}

/** The naive copy in the platform's words. */
export const inPlatformWords = (copy: ReadonlyMap<string, PersonRow>) =>
  new Map([...copy].map(([id, { dz, lxdh }]) => [id, { address: dz, phone: lxdh }]));

/** The platform's copy of the persons. */
export async function platformCopy(url: string) {
  const copy = await copyOf(url, "natural_person", "resident_id");
  return new Map(
    [...copy].map(([id, record]) => [
      id,
      { address: record["address"], phone: record["phone"] ?? null },
    ]),
  );
}

const kinds = ["missing", "outdated", "surplus", "named"] as const;

/** A copy in the words of the platform's page, where an unexplained loss and a named one are told apart. */
export interface ToldCopy extends Difference {
  readonly name: { readonly en: string; readonly zh: string };
  readonly named: number;
}

/**
 * Both copies side by side. What the platform lacks was just shown to be in quarantine, each with its reason; of what the
 * other lacks nobody knows.
 */
export const toldCopies = ({
  naive,
  ours,
}: {
  readonly naive: Difference;
  readonly ours: Difference;
}): readonly ToldCopy[] => [
  { name: inBoth("naive"), ...naive, named: 0 },
  { name: inBoth("ours"), ...ours, missing: 0, named: ours.missing },
];

const inBoth = (word: Word) => ({ en: say("en", word), zh: say("zh", word) });

/** Has the platform's page show them. */
export const tellPlatform = (url: string, rows: number, copies: readonly ToldCopy[]) =>
  fetch(`${url}/v1/sandbox/contrast`, {
    method: "PUT",
    headers: { authorization: "Bearer demo-only", "content-type": "application/json" },
    body: JSON.stringify({ resource: "natural_person", rows, copies }),
  });

/** As lines of equal columns. */
export function contrastTable(
  language: "en" | "zh",
  copies: readonly ToldCopy[],
): readonly string[] {
  const rows = [
    ["", ...kinds.map((word) => say(language, word))],
    ...copies.map((copy) => [copy.name[language], ...kinds.map((kind) => String(copy[kind]))]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column]!))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat(widths[column]! - width(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** Columns on a terminal: Chinese characters take two. */
const width = (text: string): number =>
  [...text].reduce((sum, character) => sum + (character > "\u2e7f" ? 2 : 1), 0);
