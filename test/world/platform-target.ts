import { gunzipSync } from "node:zlib";
import { QianzhiError, type ResourceDescriptor, type SealedBatch, type Target } from "@qianzhi/sdk";
import type { Platform } from "@qianzhi/sandbox";

/** Keys of one page of a bucket. */
const BUCKET_KEYS = 1_000;

/** A target that calls the reference platform in the same process, without HTTP: what the contract is without a wire. */
export function platformTarget(platform: Platform, site: string): Target {
  return {
    kind: "in-process",
    capabilities: async () => ({
      receipts: "immediate",
      position: true,
      digests: true,
      generations: !("noGenerations" in platform.behaviour.faults),
      catalog: true,
      encodings: ["gzip", "identity"],
      maxBatchBytes: platform.limits.maxBatchBytes,
    }),
    openEpoch: async (stream, request) => platform.openEpoch(stream, request),
    position: async (stream) => platform.position(stream),
    deliver: async (batch) => platform.ingest(unpacked(batch)),
    receipts: async (_site, since) => platform.receipts(site, since ?? ""),
    digest: async (stream, bits) => platform.digest(stream, bits),
    async *bucketKeys(stream, bits, buckets) {
      for (const bucket of buckets)
        for (let after: string | null = ""; after !== null;) {
          const from: string | undefined = after === "" ? undefined : after;
          const page = platform.bucketKeys(stream, {
            bits,
            bucket,
            after: from,
            limit: BUCKET_KEYS,
          });
          yield page;
          after = page.next;
        }
    },
    async catalogEntry(identifier, version) {
      const entry = platform.catalog.entry(identifier, version);
      return entry === undefined ? undefined : (JSON.parse(entry.content) as ResourceDescriptor);
    },
    publish: async (descriptor) =>
      platform.catalog.publish(JSON.stringify(descriptor)).created ? "created" : "unchanged",
    close: async () => undefined,
  };
}

function unpacked({ encoding, body }: SealedBatch): Uint8Array {
  switch (encoding) {
    case "identity":
      return body;
    case "gzip":
      return gunzipSync(body);
    case "zstd":
      throw new QianzhiError("QZ_PROTOCOL", { problem: "zstd was not offered" });
  }
}
