import type { Receipt } from "@qianzhi/sdk";
import { noteAnswer } from "./answers.ts";
import { literal, type Engine, type Session } from "./engine/engine.ts";
import { handedBatches, isBatch, type HandedBatch } from "./handed-batch.ts";
import { durationMs, type Profile } from "./profile.ts";

/** Batches looked at in one transaction. */
const PAGE = 500;

/**
 * Answers the batches that nothing more is to be heard of, within a transaction: those handed over so long ago as the
 * profile waits for feedback, and whose rows the consumer has marked, or purged. What was not refused by then counts as
 * accepted.
 */
export async function settleBatches(
  session: Session,
  engine: Engine,
  profile: Profile,
  site: string,
): Promise<void> {
  const waitMs = profile.feedback === undefined ? 0 : durationMs(profile.feedback.settle);
  const due = await handedBatches(
    session,
    engine,
    site,
    `b.answered = 0 AND b.handed_at <= ${engine.now} - ${waitMs}
     ORDER BY b.handed_at, b.stream, b.epoch, b.sequence LIMIT ${PAGE}`,
  );
  for (const batch of due)
    if (await isConsumed(session, engine, profile, batch))
      await answer(session, engine, site, batch);
}

async function isConsumed(
  session: Session,
  { quote }: Engine,
  { consumed, batch: column }: Profile,
  { table, number }: HandedBatch,
): Promise<boolean> {
  if (consumed?.done === undefined || column === undefined) return true;
  const mark = quote(consumed.column);
  const [left] = await session.query(
    `SELECT 1 FROM ${quote(table)} WHERE ${quote(column.column)} = ${literal(number)}
     AND (${mark} IS NULL OR ${mark} NOT IN (${consumed.done.map(literal).join(", ")})) LIMIT 1`,
    { table, operation: "SELECT" },
  );
  return left === undefined;
}

async function answer(
  session: Session,
  engine: Engine,
  site: string,
  batch: HandedBatch,
): Promise<void> {
  const { pipeline, epoch, sequence, digest, changes, refused } = batch;
  const receipt: Receipt = {
    site,
    pipeline,
    epoch,
    sequence,
    digest,
    accepted: changes - refused.length,
    refused,
  };
  await noteAnswer(session, engine, site, { receipt });
  await session.query(
    `UPDATE qz_batch SET answered = 1, line_keys = NULL WHERE ${isBatch(batch)}`,
    { table: "qz_batch", operation: "UPDATE" },
  );
}
