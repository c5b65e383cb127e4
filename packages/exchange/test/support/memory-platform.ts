import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  QianzhiError,
  type BatchManifest,
  type EpochRequest,
  type Receipt,
  type Refusal,
  type SealedBatch,
  type StreamName,
  type StreamPosition,
  type Target,
} from "@qianzhi/sdk";

interface Stream {
  position: StreamPosition;
  readonly copy: Map<string, string>;
  readonly receipts: Map<string, Receipt>;
}

export interface MemoryPlatform {
  readonly target: Target;
  /** Key text → record text of a stream. */
  copy(stream: StreamName): ReadonlyMap<string, string>;
  readonly streams: Map<string, Stream>;
  /** Consulted for each change; a refusal without its line refuses it. */
  refuse: (line: string) => Omit<Refusal, "line"> | undefined;
  /** Thrown before (nothing applied) or after (applied, the answer lost) a batch. */
  before: (batch: SealedBatch) => void;
  after: (batch: SealedBatch) => void;
  /** Uncompressed. */
  bytesOf(batch: SealedBatch): Buffer;
  /** How often each batch was applied, by digest. */
  readonly applied: Map<string, number>;
  /** Every byte that arrived, uncompressed. */
  readonly seen: string[];
  /** Answer "handed over" and give receipts only when `release` says so. */
  late: boolean;
  /** Makes the pending late receipts available, in the order given by `order`. */
  release(order?: (receipts: Receipt[]) => Receipt[]): void;
  snapshot(): () => void;
}

const id = (s: { site: string; pipeline: string; resource: string }): string =>
  `${s.resource}/${s.site}/${s.pipeline}`;

/** A platform in memory that keeps docs/protocol.md section 3 to the letter. Records are keyed by their item `id`. */
export function memoryPlatform(): MemoryPlatform {
  const streams = new Map<string, Stream>();
  const pending: Receipt[] = [];
  const released: Receipt[] = [];

  const openEpoch = (name: StreamName, request: EpochRequest): StreamPosition => {
    const known = streams.get(id(name));
    const position = known?.position;
    const { epoch, instance, nonce, expected } = request;
    if (position?.epoch === epoch && position.instance === instance && position.nonce === nonce)
      return position;
    const inForce = position?.epoch ?? 0;
    if (expected !== inForce || epoch <= inForce) {
      const taken =
        position !== undefined && position.instance !== instance && expected !== inForce;
      throw new QianzhiError(taken ? "QZ_SITE_TAKEN" : "QZ_EPOCH_OLD", {
        position,
        site: name.site,
        epoch,
      });
    }
    const fresh = { epoch, instance, nonce, sequence: 0, digest: nonce };
    if (known === undefined)
      streams.set(id(name), { position: fresh, copy: new Map(), receipts: new Map() });
    else known.position = fresh;
    return fresh;
  };

  const apply = (
    stream: Stream,
    manifest: BatchManifest,
    digest: string,
    lines: readonly string[],
  ): Receipt => {
    const refused: Refusal[] = [];
    lines.forEach((line, index) => {
      const refusal = platform.refuse(line);
      const change = JSON.parse(line) as {
        op: string;
        key?: { id: unknown };
        record?: { id: unknown };
      };
      const keyText = JSON.stringify({ id: (change.key ?? change.record)?.id });
      if (refusal !== undefined) refused.push({ ...refusal, line: index + 2 });
      else if (change.op === "delete") stream.copy.delete(keyText);
      else stream.copy.set(keyText, line.slice('{"op":"upsert","record":'.length, -1));
    });
    const { site, pipeline, epoch, sequence } = manifest;
    platform.applied.set(digest, (platform.applied.get(digest) ?? 0) + 1);
    const receipt = {
      site,
      pipeline,
      epoch,
      sequence,
      digest,
      accepted: lines.length - refused.length,
      refused,
    };
    stream.receipts.set(`${epoch}/${sequence}`, receipt);
    stream.position = { ...stream.position, sequence, digest };
    return receipt;
  };

  const ingest = (batch: SealedBatch): Receipt => {
    const bytes = platform.bytesOf(batch);
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (digest !== batch.digest) throw new QianzhiError("QZ_DIGEST_MISMATCH");
    const text = bytes.toString("utf8");
    platform.seen.push(text);
    const [head = "", ...lines] = text.trimEnd().split("\n");
    const manifest = JSON.parse(head) as BatchManifest;
    const stream = streams.get(id(manifest));
    const conflict = (): QianzhiError =>
      new QianzhiError("QZ_CHAIN_CONFLICT", {
        position: stream?.position,
        pipeline: manifest.pipeline,
      });
    if (stream === undefined) throw conflict();
    const { position } = stream;
    if (manifest.epoch < position.epoch)
      throw new QianzhiError("QZ_EPOCH_OLD", { position, epoch: manifest.epoch });
    if (manifest.epoch > position.epoch) throw conflict();
    if (manifest.sequence <= position.sequence) {
      const receipt = stream.receipts.get(`${manifest.epoch}/${manifest.sequence}`);
      if (receipt?.digest === digest) return receipt;
      throw conflict();
    }
    if (manifest.sequence !== position.sequence + 1 || manifest.predecessor !== position.digest)
      throw conflict();
    return apply(stream, manifest, digest, lines);
  };

  const platform: MemoryPlatform = {
    streams,
    seen: [],
    applied: new Map(),
    late: false,
    refuse: () => undefined,
    before: () => {},
    after: () => {},
    bytesOf: ({ encoding, body }) => (encoding === "gzip" ? gunzipSync(body) : Buffer.from(body)),
    copy: (name) => streams.get(id(name))?.copy ?? new Map<string, string>(),
    release(order = (all) => all) {
      released.push(...order(pending.splice(0)));
    },
    snapshot() {
      const saved = structuredClone(
        [...streams].map(
          ([key, { position, copy, receipts }]) => [key, { position, copy, receipts }] as const,
        ),
      );
      const { length } = released;
      return () => {
        released.length = length;
        pending.length = 0;
        streams.clear();
        for (const [key, value] of structuredClone(saved)) streams.set(key, value);
      };
    },
    target: {
      kind: "memory",
      capabilities: () =>
        Promise.resolve({
          receipts: platform.late ? "later" : "immediate",
          position: true,
          digests: false,
          generations: false,
          catalog: false,
          encodings: ["gzip", "identity"],
          maxBatchBytes: 16 * 1024 * 1024,
        }),
      openEpoch: async (name, request) => openEpoch(name, request),
      position: async (name) => streams.get(id(name))?.position,
      async deliver(batch) {
        platform.before(batch);
        const receipt = ingest(batch);
        platform.after(batch);
        if (!platform.late) return { receipt };
        pending.push(receipt);
        return { handedOver: true };
      },
      async receipts(_site, since) {
        const from = Number(since ?? 0);
        return {
          receipts: released.slice(from, from + 10),
          next: String(Math.min(released.length, from + 10)),
        };
      },
      close: async () => {},
    },
  };
  return platform;
}
