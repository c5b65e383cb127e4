import assert from "node:assert/strict";
import { test } from "node:test";
import { UpsertWriter } from "@qianzhi/exchange";
import { gathering } from "../src/pipeline/gather.ts";
import type { PageChanges } from "../src/pipeline/page-changes.ts";

const large = { rows: 1_000, bytes: 1_000_000 };

test("the pages of a batch become one: every line in order, each source key at its line", () => {
  const gathered = gathering(large);
  for (const page of [upserted([1, 2]), upserted([3]), upserted([4, 5])]) gathered.add(page, 2);
  const { upserts, deletes } = gathered.take();
  assert.deepEqual(upserts.map(textOf), [linesOf([1, 2, 3, 4, 5])]);
  assert.deepEqual(
    upserts.map(({ sourceKeys }) => sourceKeys),
    [["[1]", "[2]", "[3]", "[4]", "[5]"]],
  );
  assert.equal(upserts[0]?.lines.length, 5);
  assert.equal(deletes.length, 0);
  assert.ok(gathered.isEmpty);
});

test("a batch names no key twice: a page that changes a gathered key again does not fit", () => {
  const gathered = gathering(large);
  gathered.add(upserted([1, 2]), 2);
  assert.equal(gathered.fits(upserted([3])), true);
  assert.equal(gathered.fits(upserted([3, 2])), false);
  assert.equal(
    gathered.fits({
      deletes: [{ key: '{"id":1}', sourceKey: "[1]" }],
      upserts: [],
      refused: [],
      keys: new Set(['{"id":1}']),
    }),
    false,
  );
  gathered.take();
  assert.equal(gathered.fits(upserted([3, 2])), true);
});

test("enough rows are a batch, changed or not, so that the position moves", () => {
  const gathered = gathering({ rows: 10, bytes: 1_000_000 });
  gathered.add(upserted([]), 6);
  assert.equal(gathered.isFull, false);
  gathered.add(upserted([1]), 6);
  assert.equal(gathered.isFull, true);
});

test("enough bytes are a batch, and no part of it is larger than a batch may be", () => {
  const gathered = gathering({ rows: 1_000, bytes: 100 });
  gathered.add(upserted([1, 2]), 2);
  assert.equal(gathered.isFull, false);
  gathered.add(upserted([3, 4]), 2);
  assert.equal(gathered.isFull, true);
  const { upserts } = gathered.take();
  assert.deepEqual(upserts.map(textOf), [linesOf([1, 2]), linesOf([3, 4])]);
});

test("nothing is gathered after a refused row: what a later page says of it must not be undone", () => {
  const gathered = gathering(large);
  gathered.add(
    { ...upserted([1]), refused: [{ sourceKey: "[2]", key: null, record: {}, reasons: [] }] },
    2,
  );
  assert.equal(gathered.isFull, true);
  assert.equal(gathered.take().refused.length, 1);
});

const recordOf = (id: number): string => `{"id":${id},"name":"张"}`;
const linesOf = (ids: readonly number[]): string =>
  ids.map((id) => `{"op":"upsert","record":${recordOf(id)}}\n`).join("");
const textOf = ({ lines }: PageChanges["upserts"][number]): string =>
  Buffer.concat([...lines.pieces]).toString();

function upserted(ids: readonly number[]): PageChanges {
  const writer = new UpsertWriter();
  for (const id of ids) writer.add(recordOf(id));
  const part = { lines: writer.finish(), sourceKeys: ids.map((id) => `[${id}]`) };
  return {
    deletes: [],
    refused: [],
    upserts: ids.length === 0 ? [] : [part],
    keys: new Set(ids.map((id) => `{"id":${id}}`)),
  };
}
