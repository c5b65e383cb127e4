import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  nominateQuarantined,
  reconcilePipeline,
  retryOutcome,
  siteStatus,
  type Retry,
  type RetryOutcome,
} from "@qianzhi/agent";
import { defineResource, type Adapter, type ResourceDescriptor } from "@qianzhi/sdk";
import { feedOf, feeding } from "../world/feeding.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import type { PipelineOptions } from "../world/site-config.ts";

const stamp = "datetime('now', 'localtime')";
const schema = `CREATE TABLE rkxx (sfzh CHAR(18) NOT NULL PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh); ${feedOf("sfzh")}`;
const row = (id: string, name: string): string =>
  `INSERT INTO rkxx VALUES ('${id}', '${name}', 1, ${stamp});`;
const tooLong = "长长长长长";
const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
const longer = defineResource({
  ...person,
  version: "1.1.0",
  items: person.items.map((item) =>
    item.identifier === "name" ? { ...item, maxLength: 10 } : item,
  ),
} as ResourceDescriptor);
const common = { table: "rkxx", columns, key: ["sfzh"] };

const modes: readonly (readonly [
  "cursor" | "diff" | "native" | "replace",
  Omit<PipelineOptions, "resource">,
  Adapter?,
])[] = [
  ["cursor", { ...common, mode: "cursor", cursor: "gxsj" }],
  ["diff", { ...common, mode: "diff" }],
  ["native", { ...common, mode: "native" }, feeding("sfzh").adapter],
  ["replace", { ...common, mode: "replace" }],
];

let legacy: LegacySite;
afterEach(() => legacy.close());

const name = person.identifier;
const signal = new AbortController().signal;
const refuse = (...ids: readonly string[]): void =>
  legacy.platform.behaviour.set({
    refuseKeys: ids.map((id) => JSON.stringify({ resident_id: id })),
    temporary: false,
  });

/** As `qianzhi quarantine retry` does it. */
async function retry(
  filter: Retry["filter"] = {},
): Promise<RetryOutcome & { everything: boolean }> {
  const { outbox, runners, delivery } = legacy.site;
  const runner = runners.get(name)!;
  const { stream, nominations } = runner;
  const asked = await runner.look(
    (run) => nominateQuarantined(run, { filter, outbox, stream, nominations, by: "test" }),
    signal,
  );
  await runner.run(signal);
  await delivery.drain(signal);
  return { ...retryOutcome(outbox.quarantine, name, asked), everything: asked.readsAll };
}

/** Keys and names at the platform. */
const sent = (): readonly string[] =>
  legacy
    .records()
    .map((each) => `${String(each["resident_id"])} ${String(each["name"])}`)
    .toSorted();
const kept = () => legacy.site.outbox.quarantine.list({ pipeline: name });
for (const [mode, options, adapter] of modes)
  describe(`quarantine retry in mode ${mode}`, () => {
    it("I1: sends rows as they are now, lets go of those that are gone, and keeps what still does not fit", async () => {
      legacy = await legacySite(
        schema +
          ["good", "there", "left"].map((id) => row(id, "甲")).join("") +
          ["mended", "lost", "bad"].map((id) => row(id, tooLong)).join(""),
        options,
        person,
        adapter,
      );
      refuse("there", "left");
      await legacy.run();
      assert.equal(kept().length, 5);
      // Nothing is changed in the source: only the platform has become of another mind.
      refuse("left");
      const refusal = kept().find(({ origin }) => origin === "platform")?.reasons[0]?.code ?? "";
      const first = await retry({ reason: refusal });
      const everything = mode === "replace";
      assert.deepEqual(first, { read: 2, sent: 1, gone: 0, refused: 1, everything });
      assert.deepEqual(sent(), ["good 甲", "there 甲"]);
      refuse();
      // Nothing is stamped that would show it.
      legacy.database.exec(
        `UPDATE rkxx SET xm = '乙' WHERE sfzh = 'mended'; DELETE FROM rkxx WHERE sfzh IN ('lost', 'left');`,
      );
      const { read, sent: taken, gone, refused } = await retry();
      assert.deepEqual([read, refused], [4, 1]);
      // Where a comparison sees to it, the platform takes the deletion of a record that is gone.
      const isGone = { cursor: [1, 2], diff: [2, 1], native: [2, 1], replace: [3, 0] };
      assert.deepEqual([taken, gone], isGone[mode]);
      assert.deepEqual(sent(), ["good 甲", "mended 乙", "there 甲"]);
      assert.equal(kept().length, 1);
      await legacy.run();
      assert.equal(kept().length, 1, "a poll after it has nothing to add");
    });
  });

for (const [mode, options, adapter] of modes)
  describe(`the quarantine of a pipeline in mode ${mode}`, () => {
    it("follows a change of mapping and descriptor: reasons change, and what fits now is sent", async () => {
      const rows = row("good", "7") + row("bad", tooLong);
      legacy = await legacySite(schema + rows, options, person, adapter);
      await legacy.run();
      assert.deepEqual(codes(), ["QZ_TOO_LONG"]);
      await legacy.reconfigure({ columns: { ...columns, age: "xm" } });
      await legacy.run();
      assert.deepEqual(codes(), ["QZ_NUMBER_INVALID", "QZ_TOO_LONG"]);
      legacy.platform.catalog.publish(JSON.stringify(longer));
      await legacy.reconfigure({ columns, resource: longer });
      await legacy.run();
      assert.deepEqual([codes(), sent()], [[], [`bad ${tooLong}`, "good 7"]]);
    });

    it("lets go of a row that changes or disappears, by itself", async () => {
      const rows = row("good", "甲") + row("mended", tooLong) + row("gone", tooLong);
      legacy = await legacySite(schema + rows, options, person, adapter);
      await legacy.run();
      assert.equal(kept().length, 2);
      legacy.database.exec(
        `UPDATE rkxx SET xm = '乙', gxsj = datetime(gxsj, '+1 seconds') WHERE sfzh = 'mended'; DELETE FROM rkxx WHERE sfzh = 'gone'`,
      );
      await legacy.run();
      // No stamp shows that a row is gone.
      if (mode === "cursor")
        await reconcilePipeline(legacy.site, legacy.site.runners.get(name)!, signal);
      assert.deepEqual([kept(), sent()], [[], ["good 甲", "mended 乙"]]);
    });

    it("I1: drops nothing when it is full, and says so in status and ledger", async () => {
      const rows = ["a", "b", "c"].map((id) => row(id, tooLong)).join("");
      const good = ["x", "y", "z"].map((id) => row(id, "甲")).join("");
      legacy = await legacySite(schema + rows, { ...options, maxQuarantined: 2 }, person, adapter);
      await legacy.run("QZ_QUARANTINE_FULL");
      const { ledger } = legacy.site.outbox;
      const stopped = ledger
        .list()
        .filter(({ detail }) => detail["error"] === "QZ_QUARANTINE_FULL");
      assert.deepEqual([stopped.length, isFull()], [1, true]);
      legacy.database.exec("DELETE FROM rkxx WHERE sfzh = 'a'");
      refuse("x", "y", "z");
      legacy.database.exec(good);
      // A content of which the platform refuses everything is not swapped in, and is kept all the same.
      await legacy.run(mode === "replace" ? "QZ_GENERATION_ABORTED" : undefined);
      assert.deepEqual([kept().length, isFull()], [5, true], "what was refused there is kept, too");
    });
  });

describe("a row without a stamp", () => {
  it("is not sent by a retry that no poll would have sent", async () => {
    const unstamped = "INSERT INTO rkxx VALUES ('null', '甲', 1, NULL);";
    legacy = await legacySite(schema + row("good", "甲") + unstamped, modes[0]![1], person);
    await legacy.run();
    const { sent: taken, refused } = await retry();
    assert.deepEqual([taken, refused, sent()], [0, 1, ["good 甲"]]);
  });
});

const codes = (): readonly string[] => [
  ...new Set(kept().flatMap(({ reasons }) => reasons.map(({ code }) => code))),
];
const isFull = (): boolean =>
  siteStatus(legacy.site.config, legacy.site.outbox).issues.some(
    ({ code }) => code === "QZ_QUARANTINE_FULL",
  );
