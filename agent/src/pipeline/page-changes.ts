import type { RawRow, RefusalReason, JsonRecord } from "@qianzhi/sdk";
import type { Evaluation } from "./evaluate.ts";

/** A row that may not be sent as it is. */
export interface RefusedRow {
  readonly sourceKey: string | null;
  readonly key: string | null;
  readonly record: JsonRecord;
  readonly reasons: readonly RefusalReason[];
}

/** What one page of rows asks of the seal. Keys are unique over deletes and upserts. */
export interface PageChanges {
  readonly deletes: readonly { readonly key: string; readonly sourceKey: string }[];
  readonly upserts: readonly { readonly key: string; readonly sourceKey: string; readonly text: string }[];
  readonly refused: readonly RefusedRow[];
  /** Source keys of rows that no longer exist or are no longer shared: what is in quarantine of them is closed. */
  readonly gone?: readonly string[];
}

export const noChanges: PageChanges = { deletes: [], upserts: [], refused: [] };

export interface ChangedRow {
  readonly row: RawRow;
  readonly sourceKey: string | null;
  readonly deleted: boolean;
}

export interface PageRules {
  readonly evaluate: (row: RawRow) => Evaluation;
  /** A refused row withdraws what the platform has of it, instead of leaving the previous version there. */
  readonly withdrawRefused: boolean;
  /** The item names of the key, for the reason of a NULL key. */
  readonly keyColumns: readonly string[];
}

/** Turns changed rows into changes of records. Two live rows with one mapped key refuse both. */
export function pageChanges(rows: readonly ChangedRow[], rules: PageRules): PageChanges {
  const live = new Map<string, { sourceKey: string; evaluation: Evaluation } | "collided">();
  const deletes = new Map<string, string>();
  const refused: RefusedRow[] = [];
  const collision = (sourceKey: string, { key, record }: Evaluation): void => {
    refused.push({ sourceKey, key, record, reasons: [{ code: "QZ_KEY_COLLISION", message: "two source rows have this key" }] });
  };
  for (const { row, sourceKey, deleted } of rows) {
    const evaluation = rules.evaluate(row);
    const { key, text, record } = evaluation;
    if (sourceKey === null) {
      const reason = { code: "QZ_KEY_NULL", message: `NULL in ${rules.keyColumns.join(", ")}` };
      refused.push({ sourceKey, key, record, reasons: [reason] });
    } else if (deleted) {
      // A flagged row whose key was never fit to be sent has nothing to delete at the platform.
      if (key !== null) deletes.set(key, sourceKey);
    } else if (key === null || text === null) {
      refused.push({ sourceKey, key, record, reasons: evaluation.reasons });
      if (rules.withdrawRefused && key !== null) deletes.set(key, sourceKey);
    } else {
      const before = live.get(key);
      if (before === undefined) live.set(key, { sourceKey, evaluation });
      else {
        if (before !== "collided") collision(before.sourceKey, before.evaluation);
        collision(sourceKey, evaluation);
        live.set(key, "collided");
      }
    }
  }
  const upserts = [];
  for (const [key, entry] of live)
    if (entry !== "collided" && entry.evaluation.text !== null)
      upserts.push({ key, sourceKey: entry.sourceKey, text: entry.evaluation.text });
  return {
    // A record that lives under the key outweighs a flagged row beside it.
    deletes: [...deletes].filter(([key]) => !live.has(key)).map(([key, sourceKey]) => ({ key, sourceKey })),
    upserts,
    refused,
  };
}
