import { itemTypes, updateCycles } from "./descriptor.ts";

const text = { type: "string", minLength: 1 } as const;

const matching = (pattern: string, en: string, zh: string): Readonly<Record<string, unknown>> => ({
  type: "string",
  pattern,
  expects: [en, zh],
});

// `constructor` is the one such word that every JavaScript object has already.
const identifier = matching(
  "^(?!constructor$)[a-z][a-z0-9_]{0,62}$",
  "begins with a small letter and holds small letters, digits and _ only (at most 63; not constructor)",
  "以小写字母开头，只含小写字母、数字和 _（最多 63 个字符，不能是 constructor）",
);

const resourceCode = matching(
  "^[123]\\d{5}\\d*/\\d+$",
  "must be a resource code such as 307001001/000017: digits of class, item and entry, a slash, a serial",
  "应为信息资源代码，如 307001001/000017：类、项、目、细目数字，斜杠，顺序码",
);

const day = matching(
  "^\\d{4}-\\d{2}-\\d{2}$",
  "must be a day such as 2026-01-31, in quotes",
  "应为日期，如 2026-01-31，加引号",
);

const limit = {
  anyOf: [
    { type: "integer" },
    { type: "number" },
    {
      type: "string",
      pattern: "^-?\\d+(\\.\\d+)?$",
      expects: ["must be a number in plain digits", "应为普通数字写法的数值"],
    },
  ],
} as const;

const count = { type: "integer", minimum: 0 } as const;

const itemSchema = {
  type: "object",
  additionalProperties: false,
  required: ["identifier", "name", "type"],
  properties: {
    identifier,
    name: text,
    type: { enum: itemTypes },
    description: text,
    required: { type: "boolean" },
    sensitivity: { enum: ["low", "medium", "high"] },
    share: { enum: ["none"] },
    codes: {
      anyOf: [
        text,
        {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            additionalProperties: false,
            required: ["code", "name"],
            properties: { code: text, name: text },
          },
        },
      ],
    },
    format: text,
    minLength: count,
    maxLength: { type: "integer", minimum: 1 },
    pattern: text,
    minimum: limit,
    maximum: limit,
    precision: { type: "integer", minimum: 1, maximum: 1000 },
    scale: count,
    fraction: { type: "integer", minimum: 0, maximum: 9 },
    crs: matching(
      "^EPSG:\\d+$",
      "must be a coordinate system such as EPSG:4490",
      "应为坐标系，如 EPSG:4490",
    ),
  },
} as const;

const shareSchema = {
  type: "object",
  additionalProperties: false,
  required: ["type"],
  properties: {
    type: { enum: ["unconditional", "conditional", "none"] },
    condition: text,
    basis: text,
    method: text,
    until: day,
  },
} as const;

/** The JSON Schema 2020-12 of a resource descriptor: its shape. What hangs together is checked besides. */
export const descriptorSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Qianzhi resource descriptor",
  type: "object",
  additionalProperties: false,
  required: [
    "apiVersion",
    "kind",
    "code",
    "identifier",
    "name",
    "version",
    "provider",
    "share",
    "updateCycle",
    "key",
    "items",
  ],
  properties: {
    apiVersion: { const: "qianzhi/v1" },
    kind: { const: "Resource" },
    code: resourceCode,
    identifier,
    name: text,
    version: matching(
      "^(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)$",
      "must be a version such as 1.2.0, three numbers with points",
      "应为版本号，如 1.2.0",
    ),
    provider: {
      type: "object",
      additionalProperties: false,
      required: ["name", "code"],
      properties: {
        name: text,
        code: matching(
          "^[0-9A-HJ-NP-RTUWXY]{2}\\d{6}[0-9A-HJ-NP-RTUWXY]{10}$",
          "must be a unified social credit code of 18 characters",
          "应为 18 位统一社会信用代码",
        ),
      },
    },
    abstract: text,
    share: shareSchema,
    open: {
      type: "object",
      additionalProperties: false,
      required: ["allowed"],
      properties: { allowed: { type: "boolean" }, condition: text },
    },
    updateCycle: { enum: updateCycles },
    key: { type: "array", items: text },
    items: { type: "array", minItems: 1, items: itemSchema },
    relatedCodes: { type: "array", items: resourceCode },
    publishedOn: day,
  },
} as const;
