import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { clearUp } from "../../src/outbox/retention.ts";
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
  site.outbox.quarantine.open({ ...common, keyText: keyText(1) });
  site.close();
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(directory, "site.secret"), Buffer.alloc(32, 7));
  await assert.rejects(
    openSite({ directory }),
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT",
  );
});

test("entries are found and counted by reason and item, and by day", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const { quarantine } = site.outbox;
  const reason = (code: string, item?: string) => ({
    code,
    message: code,
    ...(item === undefined ? {} : { item }),
  });
  const open = (key: number, ...why: readonly ReturnType<typeof reason>[]): number =>
    quarantine.open({ ...common, keyText: keyText(key), reasons: why });
  const first = open(1, reason("QZ_A", "name"), reason("QZ_B", "age"));
  open(2, reason("QZ_A", "name"), reason("QZ_A", "age"));
  const third = open(3, reason("QZ_C"));
  assert.deepEqual(
    quarantine.reasons().map(({ code, item, count }) => [code, item, count]),
    [
      ["QZ_A", "name", 2],
      ["QZ_A", "age", 1],
      ["QZ_B", "age", 1],
      ["QZ_C", null, 1],
    ],
  );
  assert.equal(quarantine.total({ reason: "QZ_A" }), 2);
  assert.deepEqual(
    quarantine.list({ reason: "QZ_B", item: "age" }).map(({ id }) => id),
    [first],
  );
  assert.equal(quarantine.total({ reason: "QZ_B", item: "name" }), 0, "both of one reason");
  site.world.pass(24 * 3_600_000);
  open(1, reason("QZ_A", "name"), reason("QZ_C"));
  quarantine.close("persons", keyText(3), "mended");
  assert.equal(quarantine.list({ state: "closed" })[0]?.id, third);
  assert.deepEqual(
    quarantine.history.list().map(({ day, code, opened, closed }) => [day, code, opened, closed]),
    [
      ["2023-11-15", "QZ_B", 0, 1],
      ["2023-11-15", "QZ_C", 1, 1],
      ["2023-11-14", "QZ_A", 2, 0],
      ["2023-11-14", "QZ_B", 1, 0],
      ["2023-11-14", "QZ_C", 1, 0],
    ],
  );
});

test("a platform that gives ever other reasons does not fill the history", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const { quarantine } = site.outbox;
  for (let n = 0; n < 70; n += 1)
    quarantine.open({
      ...common,
      keyText: keyText(n),
      reasons: [{ code: `P_${n}`, message: "no" }],
    });
  const days = quarantine.history.list({ limit: 1_000 });
  assert.equal(days.length, 65);
  assert.equal(days.find(({ code }) => code === "OTHER")?.opened, 6);
});

test("an open entry never expires, and the erasure of a closed one is in the ledger", async (t) => {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const { quarantine, ledger } = site.outbox;
  const waiting = quarantine.open({ ...common, keyText: keyText(1) });
  quarantine.open({ ...common, keyText: keyText(2) });
  quarantine.close("persons", keyText(2), "mended");
  site.world.pass(91 * 24 * 3_600_000);
  clearUp(site.outbox);
  assert.deepEqual(
    quarantine.list({ state: "all" }).map(({ id }) => id),
    [waiting],
  );
  assert.deepEqual(
    ledger.list().map(({ kind, detail }) => [kind, detail]),
    [["quarantine-forgotten", { closed: 1 }]],
  );
  assert.deepEqual(quarantine.history.list(), []);
});
