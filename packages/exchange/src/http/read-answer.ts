import {
  PROTOCOL,
  QianzhiError,
  type BucketPage,
  type DigestReport,
  type GenerationOutcome,
  type Receipt,
  type ReceiptPage,
  type Refusal,
  type RefusalReason,
  type ResourceDigest,
  type StreamPosition,
  type TargetCapabilities,
} from "@qianzhi/sdk";

/** Reads a platform's answers strictly: what does not have the protocol's shape is QZ_PROTOCOL, naming the place. */
type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw malformed("it is not JSON", "应答不是 JSON");
  }
}

function malformed(en: string, zh: string): QianzhiError {
  return new QianzhiError("QZ_PROTOCOL", { problem: { en, zh } });
}

function object(value: unknown, name: string): Json {
  if (!isObject(value)) throw malformed(`${name} is not an object`, `${name} 不是对象`);
  return value;
}

function text(from: Json, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw malformed(`${name} is not a string`, `${name} 不是文本`);
  return value;
}

function count(from: Json, name: string): number {
  const value = from[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw malformed(`${name} is not a count`, `${name} 不是计数`);
  return value as number;
}

function hex64(from: Json, name: string): string {
  const value = text(from, name);
  if (!/^[0-9a-f]{64}$/.test(value))
    throw malformed(`${name} is not 64 hex digits`, `${name} 不是 64 位十六进制数字`);
  return value;
}

function list<T>(from: Json, name: string, read: (value: unknown) => T): readonly T[] {
  const value = from[name];
  if (!Array.isArray(value)) throw malformed(`${name} is not a list`, `${name} 不是列表`);
  return value.map(read);
}

export function capabilities(value: unknown): TargetCapabilities {
  const from = object(value, "the description");
  if (from["protocol"] !== PROTOCOL)
    throw malformed(`it does not speak ${PROTOCOL}`, `对方不使用 ${PROTOCOL} 协议`);
  const levels = list(from, "levels", Number);
  const known = ["zstd", "gzip", "identity"] as const;
  const named = list(from, "encodings", String);
  const encodings = known.filter((encoding) => named.includes(encoding));
  return {
    receipts: from["receipts"] === "later" ? "later" : "immediate",
    position: levels.includes(2),
    catalog: levels.includes(2),
    digests: levels.includes(3),
    generations: from["generations"] === true,
    encodings: encodings.length === 0 ? ["identity"] : encodings,
    maxBatchBytes: count(from, "maxBatchBytes"),
  };
}

export function streamPosition(value: unknown): StreamPosition {
  const from = object(value, "position");
  return {
    epoch: count(from, "epoch"),
    instance: text(from, "instance"),
    nonce: hex64(from, "nonce"),
    sequence: count(from, "sequence"),
    digest: hex64(from, "digest"),
  };
}

export function receipt(value: unknown): Receipt {
  const from = object(value, "receipt");
  return {
    site: text(from, "site"),
    pipeline: text(from, "pipeline"),
    epoch: count(from, "epoch"),
    sequence: count(from, "sequence"),
    digest: hex64(from, "digest"),
    accepted: count(from, "accepted"),
    refused: list(from, "refused", refusal),
    ...(from["generation"] === undefined ? {} : { generation: outcome(from["generation"]) }),
  };
}

function outcome(value: unknown): GenerationOutcome {
  const from = object(value, "generation");
  const named = text(from, "outcome");
  if (named !== "swapped" && named !== "aborted")
    throw malformed("outcome is not known", "outcome 未知");
  const why = from["reason"];
  return {
    outcome: named,
    refused: count(from, "refused"),
    ...(why === undefined ? {} : { reason: reason(why) }),
  };
}

function refusal(value: unknown): Refusal {
  const from = object(value, "refusal");
  if (typeof from["temporary"] !== "boolean")
    throw malformed("temporary is not a boolean", "temporary 不是 true 或 false");
  const holder = from["holder"] === undefined ? undefined : object(from["holder"], "holder");
  return {
    line: count(from, "line"),
    temporary: from["temporary"],
    reasons: list(from, "reasons", reason),
    ...(holder === undefined
      ? {}
      : { holder: { site: text(holder, "site"), pipeline: text(holder, "pipeline") } }),
  };
}

function reason(value: unknown): RefusalReason {
  const from = object(value, "reason");
  const item = from["item"];
  return {
    ...(typeof item === "string" ? { item } : {}),
    code: text(from, "code"),
    message: text(from, "message"),
  };
}

export function receiptPage(value: unknown): ReceiptPage {
  const from = object(value, "receipts");
  return { receipts: list(from, "receipts", receipt), next: text(from, "next") };
}

export function digestReport(value: unknown): DigestReport {
  const from = object(value, "digest");
  const buckets = from["buckets"] === undefined ? undefined : list(from, "buckets", resourceDigest);
  return {
    ...resourceDigest(from),
    epoch: count(from, "epoch"),
    sequence: count(from, "sequence"),
    ...(from["bits"] === undefined ? {} : { bits: count(from, "bits") }),
    ...(buckets === undefined ? {} : { buckets }),
  };
}

function resourceDigest(value: unknown): ResourceDigest {
  const from = object(value, "digest");
  return { count: count(from, "count"), sum: hex64(from, "sum") };
}

export function bucketPage(value: unknown): BucketPage & { readonly next: string | null } {
  const from = object(value, "bucket");
  return {
    epoch: count(from, "epoch"),
    sequence: count(from, "sequence"),
    keys: list(from, "keys", (each) => {
      const entry = object(each, "key");
      return { key: object(entry["key"], "key"), hash: hex64(entry, "hash") };
    }),
    next: from["next"] === null ? null : text(from, "next"),
  };
}
