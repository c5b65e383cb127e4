import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite, persons, temporaryDirectory } from "../support/site.ts";

test("what another process sealed, this one sealed, or a rollback undid, is seen in all streams", async (t) => {
  const directory = await temporaryDirectory(t);
  const [site, beside] = [await openSite({ directory }), await openSite({ directory })];
  t.after(() => [site, beside].forEach((each) => each.close()));
  const sealed = (): readonly number[] =>
    site.outbox.streamTable.all().map(({ sealed_batches: batches }) => batches);
  assert.deepEqual(sealed(), []);
  await beside.seal({ upserts: [[1, "a"]] });
  assert.deepEqual(sealed(), [1]);
  await site.seal({ upserts: [[2, "b"]] });
  assert.deepEqual(sealed(), [2]);
  const { id } = site.outbox.streamTable.find(persons)!;
  const { sequence } = site.outbox.streamTable.all()[0]!;
  const undone = (): void =>
    site.store.transaction(() => {
      site.outbox.streamTable.advance(id, 7, "0".repeat(64), 1);
      assert.equal(site.outbox.streamTable.all()[0]?.sequence, 7);
      throw new RangeError("undone");
    });
  assert.throws(undone, RangeError);
  assert.equal(site.outbox.streamTable.all()[0]?.sequence, sequence);
});
