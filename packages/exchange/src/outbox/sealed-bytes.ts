import { createHash } from "node:crypto";
import { QianzhiError } from "@qianzhi/sdk";
import type { BatchRow } from "./batch-table.ts";
import type { Outbox } from "./outbox.ts";

/** A batch's bytes as they were sealed. Throws QZ_STORE_CORRUPT when they are gone or have changed since. */
export async function sealedBytes(
  { store, batchTable, compression }: Outbox,
  { id, encoding, bytes: length, digest }: BatchRow,
): Promise<Uint8Array> {
  const damage = (): QianzhiError =>
    new QianzhiError("QZ_STORE_CORRUPT", { path: store.directory });
  const body = batchTable.body(id);
  if (body === undefined) throw damage();
  const bytes = await compression.decompress(body, encoding, length);
  if (createHash("sha256").update(bytes).digest("hex") !== digest) throw damage();
  return bytes;
}
