import type { SealedBatch } from "@qianzhi/sdk";
import { noteAnswer } from "./answers.ts";
import { literal, type Engine, type Session } from "./engine/engine.ts";
import { batchNumber, isAnsweredLater, type Profile } from "./profile.ts";
import type { StreamRow } from "./stream-row.ts";
import type { WrittenChanges } from "./write-changes.ts";

interface NotingBatch {
  readonly engine: Engine;
  readonly profile: Profile;
  readonly stream: StreamRow;
  readonly batch: SealedBatch;
  readonly table: string;
}

/** Notes that a batch was handed over, and what the tables did not take of it. */
export async function noteBatch(
  session: Session,
  { refused, lineKeys }: WrittenChanges,
  { engine, profile, stream, batch, table }: NotingBatch,
): Promise<void> {
  const { epoch, sequence, deletes, upserts } = batch.manifest;
  const count = deletes + upserts;
  const lines = profile.feedback === undefined ? "NULL" : engine.binary(lineKeys);
  const isLater = isAnsweredLater(profile);
  await session.query(
    `INSERT INTO qz_batch (stream, epoch, sequence, digest, table_name, batch_number, changes, refused, line_keys,
     handed_at, answered) VALUES (${stream.id}, ${epoch}, ${sequence}, ${literal(batch.digest)},
     ${literal(table)}, ${literal(batchNumber(profile, batch.digest))}, ${count},
     ${literal(JSON.stringify(refused))}, ${lines}, ${engine.now}, ${isLater ? 0 : 1})`,
    { table: "qz_batch", operation: "INSERT" },
  );
  // What the tables do not take is known now; only the receipt has to wait.
  if (isLater && refused.length > 0) {
    const { site, pipeline } = batch.manifest;
    const refusals = { site, pipeline, epoch, sequence, digest: batch.digest, refused };
    await noteAnswer(session, engine, site, { refusals });
  }
}
