import {
  PROTOCOL,
  QianzhiError,
  type BatchManifest,
  type GenerationStep,
  type StreamName,
} from "@qianzhi/sdk";
import type { StreamRow } from "./stream-table.ts";

/** The end of a stream's chain: what the next batch follows. */
export interface Head {
  readonly epoch: number;
  readonly nonce: string;
  readonly sequence: number;
  /** Digest of the last batch; the nonce before the first. */
  readonly digest: string;
}

/** The manifest of the batch that follows the stream's head. */
export function nextManifest(
  stream: StreamRow,
  { version, deletes, upserts, generation }: ManifestParts,
): BatchManifest {
  return {
    protocol: PROTOCOL,
    site: stream.site,
    pipeline: stream.pipeline,
    epoch: stream.epoch,
    sequence: stream.sequence + 1,
    predecessor: stream.digest,
    resource: stream.resource,
    version,
    deletes: deletes.length,
    upserts: upserts.length,
    ...(generation === undefined ? {} : { generation }),
  };
}

interface ManifestParts {
  readonly version: string;
  readonly deletes: { readonly length: number };
  readonly upserts: { readonly length: number };
  readonly generation?: GenerationStep | undefined;
}

/** What a batch that was sealed left the chain at. */
export type Sealed = Pick<Head, "epoch" | "sequence" | "digest">;

export function sameHead(one: Sealed, other: Sealed): boolean {
  return (
    one.epoch === other.epoch && one.sequence === other.sequence && one.digest === other.digest
  );
}

export function moved(stream: StreamName): QianzhiError {
  return new QianzhiError("QZ_CHAIN_MOVED", { pipeline: stream.pipeline });
}
