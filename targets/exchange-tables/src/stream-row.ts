import {
  QianzhiError,
  type EpochRequest,
  type StreamName,
  type StreamPosition,
} from "@qianzhi/sdk";
import { literal, type Purpose, type Session } from "./engine/engine.ts";

export interface StreamRow extends StreamPosition {
  readonly id: number;
}

const purpose = (operation: Purpose["operation"]): Purpose => ({ table: "qz_stream", operation });

/** Where a pipeline stands; locked until the end of the transaction when asked for. */
export async function streamRow(
  session: Session,
  { site, pipeline, resource }: StreamName,
  lock: "locked" | "unlocked",
): Promise<StreamRow | undefined> {
  const [row] = await session.query(
    `SELECT id, epoch, instance, nonce, sequence, digest FROM qz_stream
     WHERE site = ${literal(site)} AND pipeline = ${literal(pipeline)} AND resource = ${literal(resource)}${
       lock === "locked" ? " FOR UPDATE" : ""
     }`,
    purpose(lock === "locked" ? "UPDATE" : "SELECT"),
  );
  if (row === undefined) return undefined;
  const [id, epoch, instance, nonce, sequence, digest] = row;
  return {
    id: Number(id),
    epoch: Number(epoch),
    instance: String(instance),
    nonce: String(nonce),
    sequence: Number(sequence),
    digest: String(digest),
  };
}

export const positionOf = ({
  epoch,
  instance,
  nonce,
  sequence,
  digest,
}: StreamRow): StreamPosition => ({ epoch, instance, nonce, sequence, digest });

/**
 * Opens an epoch by compare-and-set, as docs/protocol.md has a platform do it: the same request again is answered with
 * where the stream stands. Throws QZ_EPOCH_OLD or QZ_SITE_TAKEN, with the position. Within a transaction.
 */
export async function openEpoch(
  session: Session,
  stream: StreamName,
  { expected, epoch, instance, nonce }: EpochRequest,
): Promise<StreamPosition> {
  const held = await streamRow(session, stream, "locked");
  if (held?.epoch === epoch && held.instance === instance && held.nonce === nonce)
    return positionOf(held);
  if (expected !== (held?.epoch ?? 0) || epoch <= expected) {
    const isTaken = held !== undefined && held.instance !== instance && expected !== held.epoch;
    throw new QianzhiError(isTaken ? "QZ_SITE_TAKEN" : "QZ_EPOCH_OLD", {
      site: stream.site,
      pipeline: stream.pipeline,
      epoch,
      ...(held === undefined ? {} : { position: positionOf(held) }),
    });
  }
  const values = `${epoch}, ${literal(instance)}, ${literal(nonce)}, 0, ${literal(nonce)}`;
  if (held === undefined) {
    const names = [stream.site, stream.pipeline, stream.resource].map(literal).join(", ");
    const fault = await session.insert(
      `INSERT INTO qz_stream (site, pipeline, resource, epoch, instance, nonce, sequence, digest)
       VALUES (${names}, ${values})`,
      purpose("INSERT"),
    );
    // Another agent has opened the stream in the same moment: what it did is seen by the next attempt.
    if (fault !== undefined) throw new QianzhiError("QZ_EPOCH_OLD", { ...stream, epoch });
  } else
    await session.query(
      `UPDATE qz_stream SET epoch = ${epoch}, instance = ${literal(instance)}, nonce = ${literal(nonce)},
       sequence = 0, digest = ${literal(nonce)} WHERE id = ${held.id}`,
      purpose("UPDATE"),
    );
  return { epoch, instance, nonce, sequence: 0, digest: nonce };
}
