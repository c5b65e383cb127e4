import { UpsertWriter, type UpsertLines } from "@qianzhi/exchange";
import type { JsonRecord, RawRow, RefusalReason } from "@qianzhi/sdk";
import type { Evaluation } from "./evaluate.ts";

/** A row that may not be sent as it is. */
export interface RefusedRow {
  readonly sourceKey: string | null;
  readonly key: string | null;
  /** As far as it could be mapped. */
  readonly record: JsonRecord;
  readonly reasons: readonly RefusalReason[];
}

/** Upserts of one batch: their lines, and the source keys in the same order. */
export interface UpsertPart {
  readonly lines: UpsertLines;
  readonly sourceKeys: readonly string[];
}

/** What one page of rows asks of the seal. Keys are unique over deletes and upserts. */
export interface PageChanges {
  readonly deletes: readonly { readonly key: string; readonly sourceKey: string }[];
  /** More than one part only when the page is too large for a batch. */
  readonly upserts: readonly UpsertPart[];
  readonly refused: readonly RefusedRow[];
  /** Record keys of everything that is named here: for joining pages, since a batch names no key twice. */
  readonly keys?: ReadonlySet<string>;
  /** Source keys of rows that no longer exist or are no longer shared: what is in quarantine of them is closed. */
  readonly gone?: readonly string[];
  /** Source keys of rows that are fit to be sent and were sealed as they are: the same. */
  readonly mended?: readonly string[];
  /** Record keys of the upserts, where it has to be remembered what was shared. */
  readonly sealedKeys?: readonly string[];
}

export const noChanges: PageChanges = { deletes: [], upserts: [], refused: [] };

/** Changed rows of a page, parallel arrays. */
export interface ChangedRows {
  readonly rows: readonly RawRow[];
  readonly sourceKeys: readonly (string | null)[];
  /** 1 = flagged as deleted in the source. Absent when no row is. */
  readonly deleted?: ArrayLike<number>;
}

export interface PageRules {
  readonly evaluate: (row: RawRow) => Evaluation;
  /** A refused row withdraws what the platform has of it, instead of leaving the previous version there. */
  readonly withdrawRefused: boolean;
  /** The column names of the key, for the reason of a NULL key. */
  readonly keyColumns: readonly string[];
  /** Bytes of upsert lines in one batch. */
  readonly partBytes: number;
  /**
   * Whether a record of this key was ever sealed. A key is a value too: the deletion of a record that was never shared
   * would tell it. Absent where nothing is deleted by a row's own word.
   */
  readonly wasSealed?: (key: string) => boolean;
  /** Keys that another row of the source has too: their rows are refused. */
  readonly contested?: ReadonlySet<string>;
}

export const keyCollision: RefusalReason = {
  code: "QZ_KEY_COLLISION",
  message: "two source rows have this key",
};

/** A row whose record key another row of the source has too. */
export const collision = (sourceKey: string | null, key: string, text: string): RefusedRow => ({
  sourceKey,
  key,
  record: JSON.parse(text) as JsonRecord,
  reasons: [keyCollision],
});

/** Asked for each row that is fit to be sent, by its place in the page: whether it differs from what was sealed last. */
export type Differs = (place: number, key: string, text: string) => boolean;

const always: Differs = () => true;

/** Turns changed rows into changes of records. Two live rows with one mapped key refuse both. */
export function pageChanges(
  changed: ChangedRows,
  rules: PageRules,
  differs: Differs = always,
): PageChanges {
  const { contested = new Set() } = rules;
  const first = changesOf(changed, rules, { differs, collided: contested });
  // Nearly never: the page is then gone through again, knowing the keys.
  return [...first.collided].every((key) => contested.has(key))
    ? first.changes
    : changesOf(changed, rules, { differs, collided: first.collided }).changes;
}

function changesOf(
  { rows, sourceKeys, deleted }: ChangedRows,
  rules: PageRules,
  options: { readonly differs: Differs; readonly collided: ReadonlySet<string> },
): { readonly changes: PageChanges; readonly collided: ReadonlySet<string> } {
  const live = new Set<string>();
  const collided = new Set<string>();
  const deletes = new Map<string, string>();
  const refused: RefusedRow[] = [];
  const gone: string[] = [];
  const mended: string[] = [];
  const sealedKeys: string[] = [];
  const { wasSealed } = rules;
  const upserts = upsertParts(rules.partBytes, rows.length);
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place];
    const sourceKey = sourceKeys[place] ?? null;
    if (row === undefined) continue;
    const { key, text, reasons, record = {} } = rules.evaluate(row);
    if (sourceKey === null) {
      const message = `NULL in ${rules.keyColumns.join(", ")}`;
      refused.push({ sourceKey, key, record, reasons: [{ code: "QZ_KEY_NULL", message }] });
    } else if (deleted?.[place] === 1) {
      gone.push(sourceKey);
      // A flagged row whose key was never sent has nothing to delete at the platform.
      if (key !== null && wasSealed?.(key) !== false) deletes.set(key, sourceKey);
    } else if (key === null || text === null) {
      refused.push({ sourceKey, key, record, reasons });
      if (rules.withdrawRefused && key !== null && wasSealed?.(key) !== false)
        deletes.set(key, sourceKey);
    } else {
      if (live.has(key)) collided.add(key);
      live.add(key);
      if (options.collided.has(key)) refused.push(collision(sourceKey, key, text));
      else if (options.differs(place, key, text)) {
        upserts.add(sourceKey, text);
        if (wasSealed !== undefined) sealedKeys.push(key);
      } else mended.push(sourceKey);
    }
  }
  return {
    changes: {
      // A record that lives under the key outweighs a flagged row beside it.
      deletes: [...deletes]
        .filter(([key]) => !live.has(key))
        .map(([key, sourceKey]) => ({ key, sourceKey })),
      upserts: upserts.finish(),
      refused,
      gone,
      mended,
      sealedKeys,
      keys: deletes.size === 0 ? live : new Set([...live, ...deletes.keys()]),
    },
    collided,
  };
}

/** Bytes a text takes in UTF-8 per UTF-16 unit, with its line around it, as a guess: Chinese and digits mixed. */
const GUESSED_UNIT_BYTES = 1.5;

function upsertParts(partBytes: number, expected: number) {
  const parts: UpsertPart[] = [];
  let writer: UpsertWriter | undefined;
  let sourceKeys: string[] = [];
  const close = (): void => {
    if (writer !== undefined) parts.push({ lines: writer.finish(), sourceKeys });
    writer = undefined;
    sourceKeys = [];
  };
  return {
    add(sourceKey: string, text: string): void {
      if (writer !== undefined && writer.byteLength + text.length * 3 > partBytes) close();
      writer ??= new UpsertWriter(Math.min(partBytes, text.length * GUESSED_UNIT_BYTES * expected));
      writer.add(text);
      sourceKeys.push(sourceKey);
    },
    finish(): readonly UpsertPart[] {
      close();
      return parts;
    },
  };
}
