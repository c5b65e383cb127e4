import type { Refusal } from "@qianzhi/sdk";
import { hexOf, literal, type Engine, type Session } from "./engine/engine.ts";

/** A batch that was handed over, as the ledger has it. */
export interface HandedBatch {
  readonly stream: number;
  readonly pipeline: string;
  readonly resource: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly table: string;
  readonly number: string;
  readonly changes: number;
  readonly refused: readonly Refusal[];
  /** The key hash of each line, as hex digits one after the other; null once it was answered. */
  readonly lineKeys: string | null;
}

/** The site's batches that meet a condition over `b`, the oldest first. */
export async function handedBatches(
  session: Session,
  engine: Engine,
  site: string,
  condition: string,
): Promise<readonly HandedBatch[]> {
  const rows = await session.query(
    `SELECT b.stream, s.pipeline, s.resource, b.epoch, b.sequence, b.digest, b.table_name, b.batch_number,
       b.changes, b.refused, b.line_keys
     FROM qz_batch b JOIN qz_stream s ON s.id = b.stream
     WHERE s.site = ${literal(site)} AND ${condition}`,
    { table: "qz_batch", operation: "SELECT" },
  );
  return rows.map((row) => {
    const [
      stream,
      pipeline,
      resource,
      epoch,
      sequence,
      digest,
      table,
      number,
      changes,
      refused,
      keys,
    ] = row;
    return {
      stream: Number(stream),
      pipeline: String(pipeline),
      resource: String(resource),
      epoch: Number(epoch),
      sequence: Number(sequence),
      digest: String(digest),
      table: String(table),
      number: String(number),
      changes: Number(changes),
      refused: JSON.parse(String(refused)) as readonly Refusal[],
      lineKeys: keys === null ? null : hexOf(engine, keys),
    };
  });
}

/** The condition that names one batch of the ledger. */
export const isBatch = ({ stream, epoch, sequence }: HandedBatch): string =>
  `stream = ${stream} AND epoch = ${epoch} AND sequence = ${sequence}`;
