import type { Database } from "@qianzhi/exchange";
import { personColumns, type PersonRow } from "./naive-poller.ts";
import { copyOf } from "./story.ts";
import { say } from "./words.ts";

/** How a copy of the persons differs from the department's table. */
export interface Difference {
  readonly missing: number;
  readonly outdated: number;
  /** Gone in the source, still in the copy. */
  readonly surplus: number;
}

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

/**
 * Both side by side, as lines of equal columns. What the platform lacks was just shown to be in quarantine, each with its
 * reason; of what the other lacks nobody knows.
 */
export function contrastTable(
  language: "en" | "zh",
  { naive, ours }: { readonly naive: Difference; readonly ours: Difference },
): readonly string[] {
  const of = ({ missing, outdated, surplus }: Difference, isNamed: boolean) =>
    [isNamed ? 0 : missing, outdated, surplus, isNamed ? missing : 0].map(String);
  const rows = [
    [
      "",
      ...(["missing", "outdated", "surplus", "named"] as const).map((word) => say(language, word)),
    ],
    [say(language, "naive"), ...of(naive, false)],
    [say(language, "ours"), ...of(ours, true)],
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
