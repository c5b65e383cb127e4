import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  bucketOf,
  compileResource,
  DigestSum,
  QianzhiError,
  recordHash,
  type JsonRecord,
} from "@qianzhi/sdk";
import { servers, type Database } from "./servers.ts";
import { person, signal, stream, tablesBed, type TablesBed } from "./tables-bed.ts";

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;

const whole: JsonRecord = {
  alive: true,
  born: "1985-06-07",
  income: "-999999999999.99",
  more: '{"a":1.0,"b":"it\'s \\\\ n"}',
  name: "𠮷祎'\\",
  photo: "AAEC/w==",
  pid: "p1",
  score: 0.1,
  seen: "2026-01-02T03:04:05.678+08:00",
  serial: -9007199254740991,
};

for (const { name, url, open } of servers)
  describe(
    `tables on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      let database: Database;
      let bed: TablesBed;
      before(async () => {
        database = await open(url ?? "");
        bed = await tablesBed(database);
      });
      after(async () => {
        await bed.target.close();
        await database[Symbol.asyncDispose]();
      });

      it("hold each change of a record as a row of its own, told apart by operation, batch and time", async () => {
        const one = await bed.send([
          { pid: "k1", name: "甲" },
          { pid: "k2", name: "乙" },
        ]);
        await bed.send([{ pid: "k1", name: "丙" }], [{ pid: "k2" }]);
        const two = await bed.send([{ pid: "k2", name: "丁" }]);
        const rows = await database.rows(
          "SELECT row_guid, cd_operation, cd_batch, data_source, pid, name, cd_time FROM up_person WHERE pid LIKE 'k%' ORDER BY id",
        );
        assert.deepEqual(
          rows.map(([, operation, , source, pid, value]) => [operation, source, pid, value]),
          [
            ["i", "渝50", "k1", "甲"],
            ["i", "渝50", "k2", "乙"],
            ["d", "渝50", "k2", null],
            ["u", "渝50", "k1", "丙"],
            ["i", "渝50", "k2", "丁"],
          ],
        );
        assert.equal(rows[0]?.[0], rows[3]?.[0], "one record, one row_guid");
        assert.notEqual(rows[0]?.[0], rows[1]?.[0]);
        assert.equal(rows[0]?.[2], one.batch.digest.slice(0, 32));
        assert.equal(rows[4]?.[2], two.batch.digest.slice(0, 32));
        const times = rows.map((row) => row[6] ?? "");
        assert.ok(
          times[0]! < times[3]! && times[1]! < times[2]! && times[2]! < times[4]!,
          String(times),
        );
      });

      it("I9: hold every value exactly", async () => {
        await bed.send([whole]);
        const quote = database.engine.quote;
        const [row] = await database.rows(
          `SELECT ${["alive", "born", "income", "more", "name", "score", "seen", "serial"].map(quote).join(", ")}
         FROM up_person WHERE pid = 'p1'`,
        );
        assert.deepEqual(row, [
          name === "MariaDB" ? "1" : "t",
          "1985-06-07",
          "-999999999999.99",
          whole["more"],
          whole["name"],
          "0.1",
          "2026-01-02 03:04:05.678",
          "-9007199254740991",
        ]);
        const [bytes] = await database.rows(
          name === "MariaDB"
            ? "SELECT hex(photo) FROM up_person WHERE pid = 'p1'"
            : "SELECT upper(encode(photo, 'hex')) FROM up_person WHERE pid = 'p1'",
        );
        assert.deepEqual(bytes, ["000102FF"]);
      });

      it("I9: hold texts that look like the syntax around them exactly, in keys too", async () => {
        const texts = [
          "NULL",
          "{1,2}",
          'a"b',
          "a'b",
          "a\\b",
          "\\",
          "'",
          '"',
          "''",
          "),(",
          " a ",
          "\tn\n\r",
          "--",
          "$1?:x",
        ];
        await bed.send(texts.map((text) => ({ pid: `t ${text}`, name: text })));
        const rows = await database.rows(
          "SELECT pid, name, cd_operation FROM up_person WHERE pid LIKE 't %' ORDER BY id",
        );
        assert.deepEqual(
          rows,
          texts.map((text) => [`t ${text}`, text, "i"]),
        );
        await bed.send(
          [],
          texts.map((text) => ({ pid: `t ${text}` })),
        );
        await database.script("DELETE FROM up_person WHERE pid LIKE 't %'");
      });

      it("I4: take a batch once, however often it comes, also when the consumer has purged its rows", async () => {
        const { batch } = await bed.send([{ pid: "once", name: "甲" }]);
        await bed.target.deliver(batch, signal);
        await database.script("DELETE FROM up_person WHERE pid = 'once'");
        await bed.target.deliver(batch, signal);
        assert.deepEqual(await database.rows("SELECT 1 FROM up_person WHERE pid = 'once'"), []);
      });

      it("refuse a batch that is not the next, and name the position", async () => {
        const [skipped, next] = [bed.seal([{ pid: "s1" }]), bed.seal([{ pid: "s2" }])];
        await assert.rejects(bed.target.deliver(next, signal), (error: unknown) => {
          assert.ok(QianzhiError.is(error) && error.code === "QZ_CHAIN_CONFLICT");
          const position = error.details["position"] as { sequence: number };
          return position.sequence === skipped.manifest.sequence - 1;
        });
        await bed.target.deliver(skipped, signal);
        await bed.target.deliver(next, signal);
        assert.equal(
          (await bed.target.position?.(stream, signal))?.sequence,
          next.manifest.sequence,
        );
      });

      it("fence an instance whose epoch another has taken over", async () => {
        const other = { ...stream, pipeline: "fenced" };
        const request = { resource: "person", expected: 0, epoch: 1, instance: "a", nonce: "n" };
        const opened = await bed.target.openEpoch?.(other, request, signal);
        assert.deepEqual(await bed.target.openEpoch?.(other, request, signal), opened);
        const takeOver = { ...request, instance: "b", nonce: "m", epoch: 2 };
        await assert.rejects(bed.target.openEpoch!(other, takeOver, signal), code("QZ_SITE_TAKEN"));
        await bed.target.openEpoch?.(other, { ...takeOver, expected: 1 }, signal);
        await assert.rejects(
          bed.target.openEpoch!(other, { ...request, epoch: 3, expected: 1 }, signal),
          code("QZ_SITE_TAKEN"),
        );
      });

      it("tell a digest of what was handed over, by buckets and by key", async () => {
        const { encode, encodeKey } = compileResource(person);
        await bed.send([{ pid: "gone" }]);
        await bed.send([], [{ pid: "gone" }]);
        const report = await bed.target.digest?.(stream, 4, signal);
        const all = new DigestSum();
        const buckets = Array.from({ length: 16 }, () => new DigestSum());
        const rows = await database.rows(
          "SELECT pid, name, cd_operation FROM up_person WHERE pid <> 'p1' ORDER BY id",
        );
        const last = new Map<string, JsonRecord>([
          ["p1", whole],
          ["once", { pid: "once", name: "甲" }],
        ]);
        for (const [pid, value, operation] of rows)
          if (operation === "d") last.delete(pid!);
          else last.set(pid!, { pid, ...(value === null ? {} : { name: value }) });
        for (const record of last.values()) {
          const hash = recordHash(encodeKey(record), encode(record));
          all.add(hash);
          buckets[bucketOf(encodeKey(record), 4)]?.add(hash);
        }
        assert.deepEqual({ count: report?.count, sum: report?.sum }, all.value());
        assert.deepEqual(
          report?.buckets,
          buckets.map((each) => each.value()),
        );
        const keys: string[] = [];
        for await (const page of bed.target.bucketKeys!(stream, 4, [...buckets.keys()], signal))
          keys.push(...page.keys.map(({ key }) => String(key["pid"])));
        assert.deepEqual(keys.sort(), [...last.keys()].sort());
      });
    },
  );
