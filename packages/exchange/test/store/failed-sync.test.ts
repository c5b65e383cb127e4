import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { openDatabase, type Database, type OpenDatabase } from "../../src/index.ts";
import { openSite, temporaryDirectory } from "../support/site.ts";

test("after a failed fsync the store is opened anew, and sealing goes on with what is on the disk", async (t) => {
  let fail = false;
  let opened = 0;
  const flaky: OpenDatabase = async (path, options) => {
    opened += 1;
    const inner = await openDatabase(path, options);
    const exec: Database["exec"] = (sql) => {
      if (!fail || sql !== "COMMIT") return inner.exec(sql);
      fail = false;
      throw Object.assign(new RangeError("disk I/O error"), { errcode: 1034 });
    };
    return { exec, prepare: (sql) => inner.prepare(sql), close: () => inner.close() };
  };
  const site = await openSite({ directory: await temporaryDirectory(t), openDatabase: flaky });
  t.after(() => site.close());
  await site.seal({ upserts: [[1, "a"]] });
  fail = true;
  const io = (error: unknown) => QianzhiError.is(error) && error.code === "QZ_STORE_IO";
  await assert.rejects(site.seal({ upserts: [[2, "b"]] }), io);
  // The next one finds the connection given up and asks for a new one.
  await assert.rejects(site.seal({ upserts: [[2, "b"]] }), io);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await site.seal({ upserts: [[2, "b"]] });
  assert.equal(opened, 2);
  assert.equal(
    site.store.rollbacks,
    2,
    "neither what was rolled back nor what was read before is trusted",
  );
  assert.equal(site.outbox.waiting().batches, 2);
});
