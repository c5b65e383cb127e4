import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { simWorld } from "../support/sim-world.ts";
import { keyText, openSite, recordText, temporaryDirectory } from "../support/site.ts";

const CANARY = "500108199001011234";
const reasons = [{ item: "name", code: "QZ_PATTERN", message: "does not fit" }];
const common = {
  pipeline: "persons",
  resource: "person",
  reasons,
  origin: "site",
  temporary: false,
} as const;

test("an entry keeps key and record out of everything but `show`, which is written to the ledger", async (t) => {
  const directory = await temporaryDirectory(t);
  const site = await openSite({ directory });
  t.after(() => site.close());
  const { quarantine, ledger } = site.outbox;
  const id = quarantine.open({
    ...common,
    keyText: `{"id":"${CANARY}"}`,
    recordText: `{"id":"${CANARY}","name":"x"}`,
  });
  assert.ok(!JSON.stringify(quarantine.list()).includes(CANARY));
  for (const name of await readdir(directory)) {
    assert.ok(
      !(await readFile(join(directory, name))).includes(CANARY),
      `${name} holds the value in the clear`,
    );
  }
  const shown = quarantine.show(id, "operator wang");
  assert.equal(shown?.recordText, `{"id":"${CANARY}","name":"x"}`);
  const [looked] = ledger.list().slice(-1);
  assert.deepEqual([looked?.kind, looked?.detail["by"]], ["quarantine-shown", "operator wang"]);
  assert.ok(!JSON.stringify(ledger.list()).includes(CANARY));
  assert.equal(quarantine.show(99, "x"), undefined);
});

test("a key refused again renews its one open entry", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const { quarantine } = site.outbox;
  const first = quarantine.open({ ...common, keyText: keyText(1), recordText: recordText(1, "a") });
  assert.equal(
    quarantine.open({ ...common, keyText: keyText(1), recordText: recordText(1, "b") }),
    first,
  );
  assert.equal(quarantine.list()[0]?.seen, 2);
  assert.equal(quarantine.show(first, "t")?.recordText, recordText(1, "b"));
  assert.ok(quarantine.close("persons", keyText(1), "operator"));
  assert.ok(!quarantine.close("persons", keyText(1), "operator"));
  assert.notEqual(
    quarantine.open({ ...common, keyText: keyText(1), recordText: recordText(1, "c") }),
    first,
  );
});

test("a pipeline's quarantine is bounded, and says so", async (t) => {
  const site = await openSite({
    directory: await temporaryDirectory(t),
    limits: { maxQuarantined: 2 },
  });
  t.after(() => site.close());
  const { quarantine } = site.outbox;
  quarantine.open({ ...common, keyText: keyText(1) });
  quarantine.open({ ...common, recordText: "without a key" });
  assert.throws(
    () => quarantine.open({ ...common, keyText: keyText(3) }),
    (error) => QianzhiError.is(error) && error.code === "QZ_QUARANTINE_FULL",
  );
  quarantine.open({ ...common, keyText: keyText(1) });
  assert.equal(quarantine.count("persons"), 2);
  assert.equal(quarantine.count("other"), 0);
});

test("what another process changed, or a rollback undid, is seen", async (t) => {
  const directory = await temporaryDirectory(t);
  const one = await openSite({ directory });
  const two = await openSite({ directory, world: simWorld(2) });
  t.after(() => one.close());
  t.after(() => two.close());
  one.outbox.quarantine.open({ ...common, keyText: keyText(1) });
  assert.equal(two.outbox.quarantine.count("persons"), 1);
  two.outbox.quarantine.open({ ...common, keyText: keyText(2) });
  assert.equal(one.outbox.quarantine.count("persons"), 2);
  assert.throws(() =>
    one.store.transaction(() => {
      one.outbox.quarantine.open({ ...common, keyText: keyText(3) });
      throw new QianzhiError("QZ_CANCELLED", { operation: "test" });
    }),
  );
  two.outbox.quarantine.open({ ...common, keyText: keyText(4) });
  assert.deepEqual(
    [...one.outbox.quarantine.openKeys("persons").keys()].sort(),
    [1, 2, 4].map(keyText),
  );
});

test("an entry opened by the site is not closed by an older change that is accepted later", async (t) => {
  const { memoryPlatform } = await import("../support/memory-platform.ts");
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({ upserts: [[1, "older, still waiting"]] });
  site.outbox.quarantine.open({ ...common, keyText: keyText(1) });
  const platform = memoryPlatform();
  await site.drain(platform);
  assert.equal(site.outbox.quarantine.count("persons"), 1);
  await site.seal({ deletes: [1] });
  await site.drain(platform);
  assert.equal(site.outbox.quarantine.count("persons"), 0);
});

test("another site's secret opens nothing", async (t) => {
  const directory = await temporaryDirectory(t);
  const site = await openSite({ directory });
  const id = site.outbox.quarantine.open({ ...common, keyText: keyText(1) });
  site.close();
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(directory, "site.secret"), Buffer.alloc(32, 7));
  const other = await openSite({ directory });
  t.after(() => other.close());
  assert.throws(
    () => other.outbox.quarantine.show(id, "t"),
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT",
  );
});
