// The yardstick of the whole path: what a good engineer writes in an afternoon. One thread, no framework: rows by the
// bare driver → objects → Ajv → NDJSON → gzip level 1 → SQLite, durable → HTTP → receipt. Reading, compressing and
// sending overlap. It keeps none of the product's promises (no canonical form, no chain, no quarantine, no policy).
// Arguments: URL of the database, URL of the receiver, data directory.
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import type * as sqlite from "@photostructure/sqlite";
import { readPages, type Row } from "./read-pages.ts";
import { columns, descriptor } from "./table.ts";

interface Batch {
  readonly sequence: number;
  readonly digest: string;
  readonly bytes: Buffer;
}

const [databaseUrl = "", platformUrl = "", directory = ""] = process.argv.slice(2);
const compress = promisify(gzip);
const validate = new Ajv2020().compile(schema());
const store = await openStore();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Batches that may be on their way while the next is made. */
const window = 2;

let predecessor = "0".repeat(64);
let sequence = 0;
let count = 0;
let stored: Promise<void> = Promise.resolve();
let sent: Promise<void> = Promise.resolve();
const under: Promise<void>[] = [];

for await (const rows of readPages(databaseUrl)) {
  const batch = compose(rows);
  const body = compress(batch.bytes, { level: constants.Z_BEST_SPEED });
  stored = Promise.all([body, stored]).then(([bytes]) => store.insert(batch, bytes, rows.at(-1)));
  sent = Promise.all([body, stored, sent]).then(([bytes]) => deliver(batch, bytes));
  under.push(sent);
  if (under.length > window) await under.shift();
  count += rows.length;
}
await sent;
agent.destroy();
store.close();
process.stdout.write(JSON.stringify({ rows: count }));

function compose(rows: readonly Row[]): Batch {
  sequence += 1;
  const lines = [manifest(rows.length)];
  for (const row of rows) {
    const record = toRecord(row);
    if (!validate(record)) throw new Error(JSON.stringify(validate.errors));
    lines.push(JSON.stringify({ op: "upsert", record }));
  }
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  predecessor = createHash("sha256").update(bytes).digest("hex");
  return { sequence, digest: predecessor, bytes };
}

function toRecord(row: Row): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i += 1) {
    const value = row[i];
    if (value === null) continue;
    const { item, describe } = columns[i] as (typeof columns)[number];
    record[item] =
      describe["type"] === "datetime" ? `${String(value).replace(" ", "T")}+08:00` : value;
  }
  return record;
}

function manifest(upserts: number): string {
  const { identifier: resource, version } = descriptor;
  const stream = { protocol: "qianzhi/1", site: "bench", pipeline: "persons", epoch: 1 };
  return JSON.stringify({
    ...stream,
    sequence,
    predecessor,
    resource,
    version,
    deletes: 0,
    upserts,
  });
}

async function deliver({ sequence: number, digest }: Batch, body: Buffer): Promise<void> {
  const receipt = await post(`/v1/exchange/${descriptor.identifier}/batches`, body);
  if (receipt["digest"] !== digest) throw new Error("the receipt is for another batch");
  store.receipted(number, JSON.stringify(receipt));
}

function post(path: string, body: Buffer): Promise<Record<string, unknown>> {
  const contentDigest = createHash("sha256").update(body).digest("base64");
  const headers = {
    "content-type": "application/x-ndjson",
    "content-encoding": "gzip",
    "content-length": body.length,
    "content-digest": `sha-256=:${contentDigest}:`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, platformUrl),
      { method: "POST", agent, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text)),
        );
      },
    );
    sent.on("error", reject).end(body);
  });
}

/** Batch and position in one transaction, fsynced. */
async function openStore() {
  const builtin = process.getBuiltinModule("node:sqlite") as typeof sqlite | undefined;
  const { DatabaseSync } = builtin ?? (await import("@photostructure/sqlite"));
  const db = new DatabaseSync(`${directory}/prototype.db`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE batch (sequence INTEGER PRIMARY KEY, digest TEXT NOT NULL, body BLOB, receipt TEXT);
    CREATE TABLE position (id INTEGER PRIMARY KEY, value TEXT NOT NULL)`);
  const insertBatch = db.prepare("INSERT INTO batch (sequence, digest, body) VALUES (?, ?, ?)");
  const setPosition = db.prepare("INSERT OR REPLACE INTO position (id, value) VALUES (1, ?)");
  const setReceipt = db.prepare("UPDATE batch SET receipt = ?, body = NULL WHERE sequence = ?");
  return {
    insert({ sequence: number, digest }: Batch, body: Buffer, last: Row | undefined) {
      db.exec("BEGIN IMMEDIATE");
      insertBatch.run(number, digest, body);
      setPosition.run(JSON.stringify(last));
      db.exec("COMMIT");
    },
    receipted: (number: number, receipt: string) => void setReceipt.run(receipt, number),
    close: () => db.close(),
  };
}

function schema(): Record<string, unknown> {
  const properties = columns.map(({ item, describe }) => {
    const { type, maxLength, pattern, minimum, maximum } = describe;
    const text = { type: "string", maxLength, pattern };
    const limits =
      type === "integer"
        ? { type, minimum, maximum }
        : type === "decimal"
          ? { ...text, pattern: "^-?[0-9]+\\.[0-9]{2}$" }
          : type === "date"
            ? { ...text, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }
            : describe["format"] === "resident-id"
              ? { ...text, pattern: "^[0-9]{17}[0-9X]$" }
              : describe["codes"]
                ? { ...text, enum: ["0", "1", "2", "9"] }
                : text;
    return [item, JSON.parse(JSON.stringify(limits))];
  });
  const required = columns.filter(({ describe }) => describe["required"]).map(({ item }) => item);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: ["id", ...required],
    additionalProperties: false,
  };
}
