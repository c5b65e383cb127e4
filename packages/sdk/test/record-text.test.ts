import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { endOfValue, keyTextOf } from "../src/resource/record-text.ts";

const item = fc.stringMatching(/^[a-z][a-z0-9_]{0,4}$/);
const record = fc.dictionary(item, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 6 });
const sorted = (value: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));

test("the key text of a record is its key members as they are written, whatever their values hold", () => {
  fc.assert(
    fc.property(record, fc.infiniteStream(fc.boolean()), (value, coin) => {
      const key = Object.keys(value).filter(() => coin.next().value);
      const expected = sorted(Object.fromEntries(key.map((name) => [name, value[name]])));
      assert.equal(keyTextOf(sorted(value), new Set(key)), expected);
    }),
  );
});

test("the end of a value is found, whatever it holds and whatever follows it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 1 }), (value, next) => {
      const start = '{"value":'.length;
      const end = start + JSON.stringify(value).length;
      assert.equal(endOfValue(JSON.stringify({ value, next }), start), end);
      assert.equal(endOfValue(JSON.stringify({ value }), start), end);
    }),
  );
});
