import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RawRow, Relation } from "@qianzhi/sdk";
import type { ConformanceHarness } from "./harness.ts";
import { numbered } from "./read.ts";
import type { TestTable } from "./test-type.ts";

const TEXT_CHARACTERS = 200;
/** Rows over which memory must stay flat unless the harness says otherwise: some 20 MB of text. */
const MANY_ROWS = 100_000;
/** Heap that may be in use at the end beyond what was after the first tenth, as a part of the bytes read since. */
const KEPT_PART = 0.3;

/** The first row of a table of many: its key, and a text where the source has texts. */
export function rowsTable({ integer, text, quote }: ConformanceHarness): TestTable {
  const id = { name: "id", type: integer };
  const table = { name: "qz_rows", key: ["id"] };
  if (text === undefined || quote === undefined) return { ...table, columns: [id], rows: [["1"]] };
  const columns = [id, { name: "v", type: text }];
  return { ...table, columns, rows: [["1", quote("x".repeat(TEXT_CHARACTERS))]] };
}

/** A table `qz_rows` with the column `id` from 1 to `count`. */
export function someRows(harness: ConformanceHarness, count: number): Promise<Relation> {
  const table = rowsTable(harness);
  if (harness.createRows !== undefined) return harness.createRows(table, count);
  const others = table.rows[0]!.slice(1);
  return harness.createTable({ ...table, rows: numbered(count).map(([id]) => [id!, ...others]) });
}

/** Reads many rows and sees that what is in use does not grow with them. */
export async function flatMemory(
  harness: ConformanceHarness,
  read: (relation: Relation) => AsyncIterable<{ readonly rows: readonly RawRow[] }>,
): Promise<void> {
  const count = harness.manyRows ?? MANY_ROWS;
  const relation = await someRows(harness, count);
  let [seen, start] = [0, 0];
  for await (const { rows } of read(relation)) {
    seen += rows.length;
    if (start === 0 && seen >= count / 10) start = await usedBytes();
  }
  const kept = (await usedBytes()) - start;
  assert.equal(seen, count, "rows read");
  const limit = KEPT_PART * 0.9 * count * TEXT_CHARACTERS;
  assert.ok(kept < limit, `${kept} bytes more are in use after ${count} rows than after a tenth`);
}

/** Bytes in use after everything that can be freed is: the buffers of what is collected are freed a little later. */
async function usedBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let least = Infinity;
  for (let round = 0; round < 3; round++) {
    collect();
    await sleep(10);
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + external + arrayBuffers);
  }
  return least;
}
