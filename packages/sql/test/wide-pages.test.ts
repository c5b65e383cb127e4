import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "@qianzhi/sdk";
import { fittingNext, isUnmeasured, isWide, takeWide } from "../src/wide-pages.ts";

const column = (type: Column["type"], native: string, length?: number): Column => ({
  name: "c",
  type,
  native,
  nullable: true,
  ...(length === undefined ? {} : { length }),
});

test("columns that may hold values of any size are told from those that cannot", () => {
  for (const wide of [
    column("binary", "longblob", 4_294_967_295),
    column("text", "text", 65_535),
    column("binary", "bytea"),
    column("text", "nvarchar(max)", -1),
    column("text", "CLOB"),
    column("geometry", "point"),
  ])
    assert.ok(isWide(wide), wide.native);
  for (const narrow of [
    column("text", "varchar(200)", 200),
    column("binary", "binary(16)", 16),
    column("text", "text"),
    column("integer", "bigint"),
  ])
    assert.ok(!isWide(narrow), narrow.native);
});

async function* given(sizes: readonly number[], told: string[]): AsyncGenerator<unknown[][], void> {
  try {
    for (const size of sizes) yield [[size, Buffer.alloc(size)]];
  } finally {
    told.push("closed");
  }
}
const MIB = 1024 * 1024;

test("a page ends when it has its size, with the row beyond, and the statement is stopped", async () => {
  const told: string[] = [];
  const { rows, cut } = await takeWide(given([3 * MIB, 3 * MIB, 1, 1], told));
  assert.deepEqual([rows.length, cut, told], [2, true, ["closed"]]);
});

test("a page holds two rows however large they are, and all rows where they fit", async () => {
  const large = await takeWide(given([20 * MIB, 20 * MIB, 20 * MIB], []));
  assert.deepEqual([large.rows.length, large.cut], [2, true]);
  const small = await takeWide(given([1, 2, 3], []));
  assert.deepEqual([small.rows.length, small.cut], [3, false]);
});

test("texts without a length are measured as they come", () => {
  assert.ok(isUnmeasured(column("text", "text")));
  assert.ok(isUnmeasured(column("text", "citext")));
  assert.ok(!isUnmeasured(column("text", "CLOB")));
  assert.ok(!isUnmeasured(column("text", "uniqueidentifier")));
  assert.ok(!isUnmeasured(column("text", "varchar(20)", 20)));
  const rows = (count: number, size: number) =>
    Array.from({ length: count }, () => ["x".repeat(size)]);
  // Short ones: more at once, and not at a leap.
  assert.equal(fittingNext(200, 200, rows(200, 300)), 800);
  assert.equal(fittingNext(800, 500, rows(500, 300)), 800);
  assert.equal(fittingNext(800, 800, rows(3, 300)), 200);
  // What came fills memory: fewer, two at least.
  assert.equal(fittingNext(800, 800, rows(16, MIB)), 4);
  assert.equal(fittingNext(800, 1, rows(1, 40 * MIB)), 2);
  assert.equal(fittingNext(800, 800, []), 800);
});
