// What each stage of the product costs alone, over the same rows, one after the other on one thread: microseconds a row.
// Arguments: URL of the database, rows (at most this many are read; the stages after it take the first of them).
import { mysql } from "@qianzhi/adapter-mysql";
import { batchDigest, canonicaliser, compileResource, isRefused } from "@qianzhi/sdk";
import type {
  AdapterHost,
  JsonRecord,
  PositionValue,
  RawRow,
  ResourceDescriptor,
  Source,
} from "@qianzhi/sdk";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { columns, database, descriptor, pageRows } from "./table.ts";

const [url = "", rowsText = ""] = process.argv.slice(2);
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
const batches = await timed("compose", sampleRows, () =>
  composeAll(texts.map(([, text]) => text ?? "")),
);
await timed("compress", sampleRows, async () => {
  for (const bytes of batches) await promisify(gzip)(bytes, { level: constants.Z_BEST_SPEED });
});
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

/** The bytes of each batch and their digest, as sealing makes them. */
function composeAll(all: readonly string[]): readonly Buffer[] {
  const made: Buffer[] = [];
  for (let at = 0; at < all.length; at += pageRows) {
    const lines = all.slice(at, at + pageRows).map((text) => `{"op":"upsert","record":${text}}\n`);
    const bytes = Buffer.from(lines.join(""));
    if (batchDigest(bytes).length !== 64) throw new Error("no digest");
    made.push(bytes);
  }
  return made;
}
