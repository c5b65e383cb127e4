import {
  QianzhiError,
  type ResourceDescriptor,
  type StreamName,
  type Target,
  type TargetHost,
} from "@qianzhi/sdk";
import { answersSince } from "./answers.ts";
import type { Engine, Session } from "./engine/engine.ts";
import { handedDigest, handedKeys } from "./handed-records.ts";
import { inspectTables } from "./inspect-tables.ts";
import type { TablesOptions } from "./options.ts";
import { isAnsweredLater, type Profile } from "./profile.ts";
import { sessionPool } from "./session-pool.ts";
import { settleBatches } from "./settle-batches.ts";
import { openEpoch, positionOf, streamRow } from "./stream-row.ts";
import { tableWriters } from "./table-writer.ts";
import { takeFeedback } from "./take-feedback.ts";
import { writeBatch } from "./write-batch.ts";

/** Batches of more bytes would be held in memory as SQL several times over. */
const MAX_BATCH_BYTES = 16 * 2 ** 20;

export interface TablesTargetOptions {
  readonly engine: Engine;
  readonly options: TablesOptions;
  readonly profile: Profile;
  readonly host: TargetHost;
}

/**
 * Batches as rows in the tables of an exchange. Each is one transaction with the ledger beside the tables, so that a
 * platform of level 3 could be no surer of what it has: what is proven is the hand-over.
 */
export function tablesTarget({ engine, options, profile, host }: TablesTargetOptions): Target {
  const pool = sessionPool(engine, options, host.world.clock);
  const writers = tableWriters(engine, profile);
  const loading = new Set<number>();

  function resourceOf(identifier: string): ResourceDescriptor {
    const descriptor = host.resource(identifier);
    if (descriptor === undefined)
      throw new QianzhiError("QZ_RESOURCE_UNKNOWN", { resource: identifier });
    if (descriptor.key.length === 0)
      throw new QianzhiError("QZ_TARGET_NO_KEY", { resource: identifier });
    return descriptor;
  }

  /** When it fails the session is cut, and with it the transaction. */
  const transaction = <T>(
    work: (session: Session) => Promise<T>,
    signal: AbortSignal,
    begin: readonly string[] = ["BEGIN"],
  ): Promise<T> =>
    pool.use(async (session) => {
      const purpose = { table: options.database, operation: "SELECT" } as const;
      for (const statement of begin) await session.query(statement, purpose);
      const result = await work(session);
      await session.query("COMMIT", purpose);
      return result;
    }, signal);

  const snapshot = <T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T> =>
    transaction(work, signal, engine.beginSnapshot);

  return {
    kind: "exchange-tables",
    capabilities: async () => ({
      receipts: isAnsweredLater(profile) ? "later" : "immediate",
      position: true,
      digests: true,
      proves: "hand-over",
      generations: false,
      catalog: false,
      encodings: ["gzip", "identity"],
      maxBatchBytes: MAX_BATCH_BYTES,
    }),
    openEpoch: (stream, request, signal) =>
      transaction((session) => openEpoch(session, stream, request), signal),
    position: (stream, signal) =>
      pool.use(async (session) => {
        const row = await streamRow(session, stream, "unlocked");
        return row === undefined ? undefined : positionOf(row);
      }, signal),
    async deliver(batch, signal) {
      const { manifest, digest } = batch;
      if (manifest.generation !== undefined)
        throw new QianzhiError("QZ_GENERATIONS_UNSUPPORTED", { pipeline: manifest.pipeline });
      const resource = resourceOf(manifest.resource);
      const { refused } = await transaction(
        (session) =>
          writeBatch(session, batch, { engine, options, profile, resource, writers, loading }),
        signal,
      );
      if (isAnsweredLater(profile)) return { handedOver: true };
      const { site, pipeline, epoch, sequence, deletes, upserts } = manifest;
      const accepted = deletes + upserts - refused.length;
      return { receipt: { site, pipeline, epoch, sequence, digest, accepted, refused } };
    },
    async receipts(site, since, signal) {
      const { feedback } = profile;
      // All of it before any batch counts as accepted.
      while (
        feedback !== undefined &&
        (await transaction((session) => takeFeedback(session, engine, feedback, site), signal)) > 0
      );
      await transaction((session) => settleBatches(session, engine, profile, site), signal);
      return pool.use((session) => answersSince(session, site, since), signal);
    },
    digest: (stream, bits, signal) =>
      snapshot((session) => handedDigest(session, engine, stream, bits), signal),
    async *bucketKeys(stream: StreamName, bits, buckets, signal) {
      for (const bucket of buckets)
        for (let after: string | undefined, isFirst = true; isFirst || after !== undefined;) {
          isFirst = false;
          const from = after;
          const { page, next } = await snapshot(
            (session) => handedKeys(session, engine, stream, { bits, bucket, after: from }),
            signal,
          );
          yield page;
          after = next;
        }
    },
    inspect: (resources, signal) =>
      pool.use(
        (session) => inspectTables({ session, engine, options, profile }, resources),
        signal,
      ),
    close: () => pool.close(),
  };
}
