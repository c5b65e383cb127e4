import type { Refusal } from "@qianzhi/sdk";
import { noteAnswer } from "./answers.ts";
import { KEY_HASH_DIGITS, rowIdOf } from "./changes.ts";
import { literal, type Engine, type Session } from "./engine/engine.ts";
import { handedBatches, isBatch, type HandedBatch } from "./handed-batch.ts";
import type { Feedback } from "./profile.ts";
import { NAME_LENGTH } from "./ledger.ts";

/** Rows of feedback that one transaction takes up. */
const PAGE = 500;
/** A reason is shown to whoever looks at the quarantine: numbers of people and telephones that it repeats are not. */
const LONG_NUMBER = /\d{5,}[Xx]?/g;
/** Characters of a reason that are kept. */
const REASON_LENGTH = 1_000;

interface FeedbackRow {
  readonly id: string;
  readonly about: string;
  readonly row: string;
  readonly batch: string;
  readonly code: string;
  readonly reason: string;
}

/**
 * Takes up rows of the feedback table that were not taken up before, within a transaction: each becomes a refusal of the
 * line whose row it names. What it names and nobody here sent is remembered as unknown, and holds nothing up. A row is
 * told from those taken up before by its id and not by a time: feedback that commits late is not passed over. Answers how
 * many rows were taken up.
 */
export async function takeFeedback(
  session: Session,
  engine: Engine,
  feedback: Feedback,
  site: string,
): Promise<number> {
  const rows = await newFeedback(session, engine, feedback);
  if (rows.length === 0) return 0;
  const numbers = [...new Set(rows.map(({ batch }) => batch))].map(literal).join(", ");
  const batches = await handedBatches(session, engine, site, `b.batch_number IN (${numbers})`);
  const found = new Map<HandedBatch, Refusal[]>();
  const known = new Set<string>();
  const linesOf = new Map<HandedBatch, ReadonlyMap<string, number>>();
  for (const each of rows)
    for (const batch of batches) {
      if (batch.number !== each.batch || !isSameTable(each.about, batch.table)) continue;
      const lines = linesOf.get(batch) ?? linesByRow(batch, site);
      linesOf.set(batch, lines);
      const line = lines.get(each.row);
      if (line === undefined) continue;
      known.add(each.id);
      const refusals = found.get(batch) ?? [];
      found.set(batch, refusals);
      const isSaid = [...batch.refused, ...refusals].some((other) => other.line === line);
      if (!isSaid) refusals.push(refusalOf(line, each));
    }
  for (const [batch, refusals] of found)
    if (refusals.length > 0) await noteRefusals(session, engine, site, { batch, refusals });
  const values = rows.map(
    ({ id, batch }) =>
      `(${literal(id)}, ${known.has(id) ? 1 : 0}, ${literal(batch)}, ${engine.now})`,
  );
  await session.query(
    `INSERT INTO qz_feedback (id, known, batch_number, taken_at) VALUES ${values.join(", ")}`,
    { table: "qz_feedback", operation: "INSERT" },
  );
  return rows.length;
}

async function newFeedback(
  session: Session,
  { quote, asName }: Engine,
  { table, id, about, row, batch, code, reason }: Feedback,
): Promise<readonly FeedbackRow[]> {
  const columns = [id, about, row, batch, code, reason].map((each) => `f.${quote(each)}`);
  const name = asName(`f.${quote(id)}`);
  const rows = await session.query(
    `SELECT ${columns.join(", ")} FROM ${quote(table)} f
     WHERE f.${quote(id)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM qz_feedback q WHERE q.id = ${name})
     LIMIT ${PAGE}`,
    { table, operation: "SELECT" },
  );
  const text = (value: unknown): string => (value === null ? "" : String(value as string).trim());
  return rows.map((each) => ({
    id: String(each[0]),
    about: text(each[1]),
    row: text(each[2]).toLowerCase(),
    batch: text(each[3]).slice(0, NAME_LENGTH),
    code: text(each[4]),
    reason: text(each[5]),
  }));
}

/** With a schema before it or without, in either case. */
const isSameTable = (named: string, table: string): boolean =>
  named.slice(named.lastIndexOf(".") + 1).toLowerCase() === table.toLowerCase();

function linesByRow(
  { lineKeys, resource }: HandedBatch,
  site: string,
): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  if (lineKeys === null) return lines;
  for (let at = 0; at < lineKeys.length; at += KEY_HASH_DIGITS) {
    const keyHash = lineKeys.slice(at, at + KEY_HASH_DIGITS);
    lines.set(rowIdOf(site, resource, keyHash), at / KEY_HASH_DIGITS + 2);
  }
  return lines;
}

const refusalOf = (line: number, { code, reason }: FeedbackRow): Refusal => ({
  line,
  temporary: false,
  reasons: [
    {
      code: code === "" ? "QZ_FEEDBACK" : code,
      message: reason.replaceAll(LONG_NUMBER, "***").slice(0, REASON_LENGTH),
    },
  ],
});

async function noteRefusals(
  session: Session,
  engine: Engine,
  site: string,
  { batch, refusals }: { readonly batch: HandedBatch; readonly refusals: readonly Refusal[] },
): Promise<void> {
  const { pipeline, epoch, sequence, digest, lineKeys } = batch;
  await noteAnswer(session, engine, site, {
    refusals: { site, pipeline, epoch, sequence, digest, refused: refusals },
  });
  const refused = [...batch.refused, ...refusals].sort((one, other) => one.line - other.line);
  await session.query(
    `UPDATE qz_batch SET refused = ${literal(JSON.stringify(refused))} WHERE ${isBatch(batch)}`,
    { table: "qz_batch", operation: "UPDATE" },
  );
  const keys = refusals.map(({ line }) => {
    const at = (line - 2) * KEY_HASH_DIGITS;
    return engine.binary((lineKeys ?? "").slice(at, at + KEY_HASH_DIGITS));
  });
  // What the platform refused it does not have, unless something was handed over since.
  await session.query(
    `UPDATE qz_record SET record_hash = NULL WHERE ${isBatch(batch)} AND key_hash IN (${keys.join(", ")})`,
    { table: "qz_record", operation: "UPDATE" },
  );
}
