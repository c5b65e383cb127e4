// What each stage of the product costs alone, over the same rows, one after the other: microseconds a row. `seal` holds
// composing, digest, gzip and the durable transaction, `deliver` HTTP and receipts at a receiver of its own.
// Arguments: URL of the database, rows (at most this many are read; the stages after it take the first of them), folder.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mysql } from "@qianzhi/adapter-mysql";
import {
  createDelivery,
  httpTarget,
  openStore,
  Outbox,
  realWorld,
  UpsertWriter,
} from "@qianzhi/exchange";
import type { UpsertLines } from "@qianzhi/exchange";
import { canonicaliser, compileResource, isRefused } from "@qianzhi/sdk";
import type {
  AdapterHost,
  JsonRecord,
  PositionValue,
  RawRow,
  ResourceDescriptor,
  Source,
} from "@qianzhi/sdk";
import { startReceiver } from "./measure.ts";
import { columns, database, descriptor, pageRows } from "./table.ts";

const [url = "", rowsText = "", folder = ""] = process.argv.slice(2);
const rows = Number(rowsText);
/** Enough for the compiler to settle; all of them together in memory would measure the collector. */
const sampleRows = Math.min(rows, 100_000);
const signal = new AbortController().signal;
const costs: Record<string, number> = {};

const sample: RawRow[] = [];
await timed("read", rows, readAll);
const records = await timed("map", sampleRows, mapAll);
const resource = compileResource(descriptor as unknown as ResourceDescriptor);
await timed("validate", sampleRows, () => {
  for (const record of records)
    if (resource.validate(record).length > 0)
      throw new Error(JSON.stringify(resource.validate(record)));
});
const texts = await timed("encode", sampleRows, () =>
  records.map((record) => [resource.encodeKey(record), resource.encode(record)]),
);
const batches = await timed("write", sampleRows, () =>
  writeLines(texts.map(([, text]) => text ?? "")),
);
await sealAndDeliver();
process.stdout.write(JSON.stringify(costs));

async function timed<T>(name: string, count: number, run: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  costs[name] = Number((((performance.now() - started) * 1_000) / count).toFixed(2));
  return result;
}

async function readAll(): Promise<void> {
  const source = await openSource();
  try {
    let from: readonly PositionValue[] | undefined;
    for (let read = 0; ;) {
      const page = await source.scan?.(
        {
          relation: { table: [database, "person"] },
          columns: columns.map(({ column }) => ({ name: column })),
          order: ["gxsj", "id"],
          pageRows,
          ...(from && { from }),
        },
        signal,
      );
      if (page === undefined) throw new Error("the adapter cannot scan");
      read += page.rows.length - page.tied;
      const last = page.rows.at(-1);
      if (sample.length < sampleRows) sample.push(...page.rows.slice(page.tied));
      if (page.end || last === undefined || read >= rows) return;
      from = [last[6] as PositionValue, last[0] as PositionValue];
    }
  } finally {
    await source.close();
  }
}

function openSource(): Promise<Source> {
  const { hostname, port, username, password } = new URL(url);
  const silent = (): void => undefined;
  const host: AdapterHost = {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    decode: (bytes, charset) => new TextDecoder(charset, { fatal: true }).decode(bytes),
    signal,
    offset: "+08:00",
  };
  return mysql.open(
    { host: hostname, port: Number(port), user: username, password, database },
    host,
  );
}

/** Without declared transforms the mapping is the canonical form of each item. */
function mapAll(): readonly JsonRecord[] {
  const steps = (descriptor as unknown as ResourceDescriptor).items
    .map((item, index) => ({
      item: item.identifier,
      index,
      canonical: canonicaliser(item, { offset: "+08:00" }),
    }))
    .sort((a, b) => (a.item < b.item ? -1 : 1));
  return sample.slice(0, sampleRows).map((row) => {
    const record: Record<string, unknown> = {};
    for (const { item, index, canonical } of steps) {
      const value = canonical(row[index] ?? null);
      if (isRefused(value)) throw new Error(`${item}: ${value.code}`);
      if (value !== null) record[item] = value;
    }
    return record;
  });
}

/** The lines of each batch, as the pipeline hands them to the outbox. */
function writeLines(all: readonly string[]): readonly UpsertLines[] {
  const made: UpsertLines[] = [];
  for (let at = 0; at < all.length; at += pageRows) {
    const writer = new UpsertWriter();
    for (const text of all.slice(at, at + pageRows)) writer.add(text);
    made.push(writer.finish());
  }
  return made;
}

async function sealAndDeliver(): Promise<void> {
  const directory = mkdtempSync(join(folder, "stages-"));
  const receiver = await startReceiver();
  const world = realWorld();
  const store = await openStore({ directory, world });
  const privateKey = generateKeyPairSync("ed25519")
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
  const target = httpTarget({
    url: receiver.url,
    site: "bench",
    keyId: "main",
    privateKey,
    noProxy: [],
    timeoutMs: 30_000,
    world,
  });
  try {
    const outbox = new Outbox(store);
    const stream = { site: "bench", pipeline: "persons", resource: descriptor.identifier };
    const { version, key } = descriptor;
    await timed("seal", sampleRows, async () => {
      for (const upserts of batches)
        await outbox.seal({ stream, version, key, deletes: [], upserts });
    });
    await timed("deliver", sampleRows, () => createDelivery({ outbox, target, world }).drain());
  } finally {
    await target.close();
    store.close();
    await receiver.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
