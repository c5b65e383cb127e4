/** JSON Schema 2020-12, or a reference into the OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;

/** A reference to one of {@link componentSchemas}. */
export const ref = (name: ComponentName): Schema => ({ $ref: `#/components/schemas/${name}` });

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0 };
const hash: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
const list = (items: Schema): Schema => ({ type: "array", items });

/** An object: all members are required but those whose name ends with `?`. */
function object(members: Readonly<Record<string, Schema>>, closed = false): Schema {
  const entries = Object.entries(members);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, schema]) => [name.replace("?", ""), schema]),
    ),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith("?")),
    ...(closed ? { additionalProperties: false } : {}),
  };
}

/** Names in paths. Sites, pipelines and keys go into structured header fields, so they are ASCII. */
export const nameSchema: Schema = { type: "string", pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$" };
export const identifierSchema: Schema = {
  type: "string",
  pattern: "^[a-z][a-z0-9_]*$",
  maxLength: 64,
};
export const bucketSchema: Schema = { type: "string", pattern: "^(0|[1-9]\\d{0,4})$" };
export const versionSchema: Schema = {
  type: "string",
  pattern: "^(0|[1-9]\\d*)(\\.(0|[1-9]\\d*)){2}$",
};

const origin = object({ site: text, pipeline: text });
const digest = { count, sum: hash };
const position: Schema = object({
  epoch: count,
  instance: text,
  nonce: hash,
  sequence: count,
  digest: hash,
});

/** Every schema of the protocol by name: checked when requests come in, printed in the OpenAPI document. */
export const componentSchemas = {
  Service: object({
    protocol: { const: "qianzhi/1" },
    levels: list({ enum: [1, 2, 3] }),
    receipts: { enum: ["immediate", "later"] },
    maxBatchBytes: { type: "integer", minimum: 1 },
    encodings: list({ enum: ["zstd", "gzip", "identity"] }),
    replayWindowSeconds: { type: "integer", minimum: 1 },
    "generations?": { type: "boolean" },
    now: { type: "string", format: "date-time" },
  }),
  OpenApi: { type: "object", description: "An OpenAPI 3.1 document." },
  Health: object({ ok: { const: true } }),
  Problem: object({
    type: text,
    title: text,
    status: { type: "integer" },
    "detail?": text,
    code: { type: "string", pattern: "^[A-Z]+_[A-Z0-9_]+$" },
    "position?": position,
    "now?": { type: "string", format: "date-time" },
    "maxBatchBytes?": count,
    "problems?": list({ type: "object" }),
  }),
  Descriptor: {
    description: "A resource descriptor; docs/descriptor.md has its own schema.",
    ...object({
      apiVersion: { const: "qianzhi/v1" },
      kind: { const: "Resource" },
      identifier: text,
      version: text,
    }),
  },
  Catalog: object({
    resources: list(
      object({
        identifier: text,
        name: text,
        version: text,
        code: text,
        provider: object({ name: text, code: text }),
        updatedAt: { type: "string", format: "date-time" },
      }),
    ),
  }),
  Versions: object({ versions: list(versionSchema) }),
  PublicKey: object(
    {
      publicKey: {
        type: "string",
        description: "Base64 of the raw 32 bytes.",
        pattern: "^[A-Za-z0-9+/]{43}=$",
      },
    },
    true,
  ),
  EpochRequest: object({
    resource: text,
    expected: count,
    epoch: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    instance: { type: "string", minLength: 1, maxLength: 128 },
    nonce: hash,
  }),
  StreamPosition: position,
  Streams: object({
    streams: list(object({ site: text, pipeline: text, position, digest: object(digest) })),
  }),
  Refusal: object({
    line: { type: "integer", minimum: 2 },
    temporary: { type: "boolean" },
    reasons: { ...list(object({ "item?": text, code: text, message: text })), minItems: 1 },
    "holder?": origin,
  }),
  Receipt: object({
    site: text,
    pipeline: text,
    epoch: count,
    sequence: count,
    digest: hash,
    accepted: count,
    refused: list({ $ref: "#/components/schemas/Refusal" }),
    "generation?": { $ref: "#/components/schemas/GenerationOutcome" },
  }),
  GenerationOutcome: object({
    outcome: { enum: ["swapped", "aborted"] },
    refused: count,
    "reason?": object({ code: text, message: text }),
  }),
  HandedOver: object({ handedOver: { const: true } }),
  ReceiptPage: object({ receipts: list({ $ref: "#/components/schemas/Receipt" }), next: text }),
  ResourceDigest: object(digest),
  DigestReport: object({
    epoch: count,
    sequence: count,
    ...digest,
    "bits?": { type: "integer", minimum: 0, maximum: 16 },
    "buckets?": list(object(digest)),
  }),
  BucketKeys: object({
    epoch: count,
    sequence: count,
    keys: list(object({ key: { type: "object" }, hash })),
    next: { type: ["string", "null"] },
  }),
  RecordPage: object({ records: list({ type: "object" }), next: { type: ["string", "null"] } }),
  Faults: object(
    {
      "on?": { enum: ["writes", "all"] },
      "slowMs?": count,
      "rejectNext?": object(
        { count, status: { enum: [429, 500, 503] }, "retryAfterSeconds?": count },
        true,
      ),
      "dropBefore?": count,
      "dropAfter?": count,
      "refuseKeys?": list(text),
      "refuseEvery?": count,
      "loseKeys?": list(text),
      "temporary?": { type: "boolean" },
      "lateReceiptsMs?": count,
      "noGenerations?": { type: "boolean" },
    },
    true,
  ),
  Contrast: object(
    {
      resource: identifierSchema,
      rows: count,
      copies: list(
        object(
          {
            name: object({ en: text, zh: text }, true),
            missing: count,
            outdated: count,
            surplus: count,
            named: count,
          },
          true,
        ),
      ),
    },
    true,
  ),
} as const satisfies Readonly<Record<string, Schema>>;

export type ComponentName = keyof typeof componentSchemas;
