import { generateKeyPairSync } from "node:crypto";
import { resolve } from "node:path";
import { defineAdapter, QianzhiError, type Adapter } from "@qianzhi/sdk";
import type { ConfigProblem } from "@qianzhi/sdk";
import { findTarget } from "../src/adapters/find-target.ts";
import { loadSiteConfig } from "../src/config/load-site-config.ts";
import type { SiteConfig } from "../src/config/site-config.ts";

export const privateKey = generateKeyPairSync("ed25519").privateKey.export({
  format: "pem",
  type: "pkcs8",
}) as string;

export const person = `apiVersion: qianzhi/v1
kind: Resource
code: "307001001/000017"
identifier: natural_person
name: 自然人基本信息
version: 1.0.0
provider: { name: 某市公安局, code: 11500000000000000D }
share: { type: unconditional }
updateCycle: daily
key: [resident_id]
items:
  - { identifier: resident_id, name: 公民身份号码, type: string, maxLength: 18, sensitivity: high }
  - { identifier: name, name: 姓名, type: string, maxLength: 50, required: true }
  - { identifier: sex, name: 性别, type: string, maxLength: 1 }
  - { identifier: born, name: 出生日期, type: date }
  - { identifier: source_name, name: 来源, type: string, maxLength: 20 }
  - { identifier: income, name: 年收入, type: decimal, precision: 14, scale: 2, share: none }
`;

export const site = `site: cq-demo-01
platform: { url: "http://127.0.0.1:8787/", key: { file: ./key.pem } }
resources: [ ./resources/*.yaml ]
sources:
  household:
    kind: fake
    options: { host: db, user: reader, password: { env: HR_PASSWORD } }
pipelines:
  persons:
    resource: natural_person
    source: household
    table: hr.person
    cursor: updated_at
    key: [id]
    schedule: "*/10 * * * * *"
    map:
      resident_id: idcard
      name: { column: xm, trim: true }
      sex: { column: xb, dictionary: sex }
      source_name: { constant: 公安 }
dictionaries:
  sex: { entries: { 男: "1", 女: 02, 01: "3", "": null }, otherwise: 09 }
`;

export const fake: Adapter = defineAdapter({
  kind: "fake",
  optionsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["host", "user"],
    properties: {
      host: { type: "string" },
      port: { type: "integer", default: 3306 },
      user: { type: "string" },
      password: { type: "string" },
      file: { type: "string", format: "path" },
      tls: { type: "object", properties: { key: { type: "string" } } },
    },
  },
  secretOptions: ["password", "tls.key"],
  open: () => Promise.reject(new QianzhiError("QZ_CANCELLED", { operation: "open" })),
}) as Adapter;

export interface Situation {
  readonly site?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly exposed?: readonly string[];
  /** What stands behind `kind: fake`. */
  readonly adapter?: Adapter;
}

/** Loads a configuration from files in memory below /site. */
export function load({
  site: text = site,
  files = {},
  environment,
  exposed = [],
  adapter = fake,
}: Situation = {}): Promise<SiteConfig> {
  const base: Record<string, string> = {
    "qianzhi.yaml": text,
    "key.pem": privateKey,
    "resources/person.yaml": person,
    ...files,
  };
  const all = new Map(
    Object.entries(base).map(([name, content]) => [resolve("/site", name), content]),
  );
  return loadSiteConfig({
    file: "/site/qianzhi.yaml",
    environment: environment ?? { HR_PASSWORD: "canary-password" },
    now: Date.UTC(2026, 0, 15),
    files: {
      read: async (path) =>
        all.get(path) ?? Promise.reject(new QianzhiError("QZ_CONFIG_NOT_FOUND", { path })),
      list: async (directory) =>
        [...all.keys()]
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1)),
      readableByOthers: async (path) => exposed.some((name) => path === resolve("/site", name)),
    },
    resolveTarget: findTarget,
    resolveAdapter: async (kind) =>
      kind === "fake"
        ? adapter
        : Promise.reject(new QianzhiError("QZ_ADAPTER_NOT_FOUND", { name: kind, known: ["fake"] })),
  });
}

/** The problems of a configuration that does not load, as `line:column path message`. */
export async function problemsOf(situation: Situation): Promise<readonly ConfigProblem[]> {
  try {
    await load(situation);
    return [];
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_CONFIG_INVALID") throw error;
    return error.details["problems"] as readonly ConfigProblem[];
  }
}
