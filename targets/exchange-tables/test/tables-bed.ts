import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  compileResource,
  defineResource,
  type BatchManifest,
  type Delivery,
  type JsonRecord,
  type Refusal,
  type ResourceDescriptor,
  type SealedBatch,
  type Target,
  type World,
} from "@qianzhi/sdk";
import { printDdl } from "../src/ddl.ts";
import type { Engine } from "../src/engine/engine.ts";
import { defaultPorts, type TablesOptions } from "../src/options.ts";
import type { Profile } from "../src/profile.ts";
import { readProfile } from "../src/read-profile.ts";
import { tablesTarget } from "../src/tables-target.ts";
import type { Database } from "./servers.ts";

export const signal: AbortSignal = new AbortController().signal;

/** A person, with one item of each kind that a column may hold inexactly. */
export const person = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "person",
  name: "自然人",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["pid"],
  items: [
    { identifier: "pid", name: "编号", type: "string", maxLength: 18 },
    { identifier: "name", name: "姓名", type: "string", maxLength: 10 },
    { identifier: "income", name: "收入", type: "decimal", precision: 14, scale: 2 },
    { identifier: "born", name: "出生", type: "date" },
    { identifier: "seen", name: "更新", type: "datetime", fraction: 3 },
    { identifier: "score", name: "评分", type: "double" },
    { identifier: "serial", name: "序号", type: "integer" },
    { identifier: "alive", name: "在世", type: "boolean" },
    { identifier: "photo", name: "照片", type: "binary" },
    { identifier: "more", name: "附加", type: "json" },
  ],
}) as ResourceDescriptor;

const feedbackTable = `CREATE TABLE dn_audit_abnormal (row_guid VARCHAR(50) NOT NULL PRIMARY KEY, err_type VARCHAR(100),
  remark VARCHAR(1000), table_sql_name VARCHAR(100), table_row_guid VARCHAR(50), table_cd_batch VARCHAR(32))`;

export interface TablesBed {
  readonly target: Target;
  readonly options: TablesOptions;
  readonly profile: Profile;
  /** The next batch of the chain: deletes by key, then upserts. */
  seal(upserts: readonly JsonRecord[], deletes?: readonly JsonRecord[]): SealedBatch;
  /** Seals and delivers. */
  send(upserts: readonly JsonRecord[], deletes?: readonly JsonRecord[]): Promise<Sent>;
  /** Another target over the same tables and chain. */
  reopen(engine: Engine, more?: Partial<TablesOptions>): Target;
  /** The platform refuses a row. */
  refuse(
    id: string,
    row: { readonly guid: string; readonly batch: string; readonly table?: string },
  ): Promise<void>;
}

export interface Sent {
  readonly batch: SealedBatch;
  readonly delivery: Delivery;
  readonly refused: readonly Refusal[];
}

export interface BedOptions {
  readonly profile?: string;
  /** Changes to the shipped profile. */
  readonly change?: Partial<Profile>;
  readonly options?: Partial<TablesOptions>;
  /** Run instead of the printed DDL. */
  readonly tables?: (ddl: string) => string;
}

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const world = { clock } as World;
export const stream = { site: "site-1", pipeline: "persons", resource: "person" };

/** The tables as the DBA makes them from the printed DDL, and a target that delivers into them. */
export async function tablesBed(
  database: Database,
  {
    profile: name = "national",
    change = {},
    options: given = {},
    tables = (ddl) => ddl,
  }: BedOptions = {},
): Promise<TablesBed> {
  const options: TablesOptions = {
    ...database.account,
    port: database.account.port || defaultPorts[database.account.engine],
    schema: "public",
    profile: name,
    dataSource: "渝50",
    offset: "+08:00",
    maxConnections: 2,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 30_000,
    ...given,
  };
  const files = { directory: ".", read: (path: string) => readFile(path, "utf8") };
  const profile = { ...(await readProfile(name, files, options.dataSource)), ...change };
  await database.script(tables(printDdl(profile, options, [person])));
  if (profile.feedback !== undefined) await database.script(feedbackTable);
  const host = {
    site: stream.site,
    world,
    resource: (identifier: string) => (identifier === person.identifier ? person : undefined),
  };
  const open = (engine: Engine, more: Partial<TablesOptions> = {}): Target =>
    tablesTarget({ engine, options: { ...options, ...more }, profile, host });
  const target = open(database.engine);
  const { encode, encodeKey } = compileResource(person);
  const nonce = randomBytes(32).toString("hex");
  await target.openEpoch?.(
    stream,
    { resource: "person", expected: 0, epoch: 1, instance: "i", nonce },
    signal,
  );
  let predecessor = nonce;
  let sequence = 0;

  function seal(upserts: readonly JsonRecord[], deletes: readonly JsonRecord[] = []): SealedBatch {
    const manifest: BatchManifest = {
      protocol: "qianzhi/1",
      ...stream,
      epoch: 1,
      sequence: (sequence += 1),
      predecessor,
      version: person.version,
      deletes: deletes.length,
      upserts: upserts.length,
    };
    const lines = [
      JSON.stringify(manifest),
      ...deletes.map((key) => `{"op":"delete","key":${encodeKey(key)}}`),
      ...upserts.map((record) => `{"op":"upsert","record":${encode(record)}}`),
    ];
    const body = Buffer.from(`${lines.join("\n")}\n`);
    const digest = createHash("sha256").update(body).digest("hex");
    predecessor = digest;
    return { manifest, digest, uncompressedBytes: body.length, encoding: "identity", body };
  }

  return {
    target,
    options,
    profile,
    seal,
    async send(upserts, deletes) {
      const batch = seal(upserts, deletes);
      const delivery = await target.deliver(batch, signal);
      const refused = "receipt" in delivery ? delivery.receipt.refused : [];
      return { batch, delivery, refused };
    },
    reopen: open,
    refuse: (id, { guid, batch, table = "up_person" }) =>
      database.script(
        `INSERT INTO dn_audit_abnormal VALUES ('${id}', '字段校验', '证件号11010119000101001X与姓名不符', '${table}', '${guid}', '${batch}')`,
      ),
  };
}
