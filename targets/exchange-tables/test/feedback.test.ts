import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { LateReceipts } from "@qianzhi/sdk";
import { servers, type Database } from "./servers.ts";
import { signal, stream, tablesBed, type BedOptions, type TablesBed } from "./tables-bed.ts";

const soon = (settle: string): BedOptions => ({
  change: {
    feedback: {
      table: "dn_audit_abnormal",
      id: "row_guid",
      about: "table_sql_name",
      row: "table_row_guid",
      batch: "table_cd_batch",
      code: "err_type",
      reason: "remark",
      settle,
    },
  },
});

async function receipts(bed: TablesBed, since?: string): Promise<LateReceipts> {
  return bed.target.receipts!(stream.site, since, signal);
}

for (const { name, url, open } of servers)
  describe(
    `feedback on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      let database: Database;
      let bed: TablesBed;
      let since: string | undefined;
      before(async () => {
        database = await open(url ?? "");
        bed = await tablesBed(database, soon("1d"));
      });
      after(async () => {
        await bed.target.close();
        await database[Symbol.asyncDispose]();
      });
      const guidOf = async (pid: string): Promise<string> =>
        (await database.rows(`SELECT row_guid FROM up_person WHERE pid = '${pid}'`)).at(-1)?.[0] ??
        "";
      const handedOver = async (bits?: number) => bed.target.digest!(stream, bits, signal);

      it("becomes a refusal of the line that it is about, once", async () => {
        const { batch, delivery } = await bed.send([
          { pid: "a", name: "甲" },
          { pid: "b", name: "乙" },
        ]);
        assert.deepEqual(delivery, { handedOver: true });
        assert.deepEqual(await receipts(bed), { receipts: [], refusals: [], next: "" });
        const number = batch.digest.slice(0, 32);
        await bed.refuse("f1", {
          guid: (await guidOf("b")).toUpperCase(),
          batch: number,
          table: "lib.UP_PERSON",
        });
        const { refusals, next, receipts: none } = await receipts(bed);
        assert.deepEqual(none, []);
        assert.deepEqual(refusals, [
          {
            site: "site-1",
            pipeline: "persons",
            epoch: 1,
            sequence: 1,
            digest: batch.digest,
            refused: [
              {
                line: 3,
                temporary: false,
                reasons: [{ code: "字段校验", message: "证件号***与姓名不符" }],
              },
            ],
          },
        ]);
        assert.equal((await handedOver()).count, 1, "the platform does not have what it refused");
        await bed.refuse("f2", { guid: await guidOf("b"), batch: number });
        const again = await receipts(bed, next);
        assert.deepEqual(again.refusals, [], "the second word about a line says nothing new");
        since = again.next;
        assert.deepEqual((await receipts(bed)).refusals, refusals, "a lost answer is given again");
      });

      it("is told again from the beginning when the answer that came last is not there", async () => {
        const { next } = await receipts(bed);
        const [id = ""] = next.split(":");
        for (const lost of [`${id}:1`, "999:1", "not a cursor"])
          assert.equal((await receipts(bed, lost)).next, next, lost);
        assert.deepEqual((await receipts(bed, next)).refusals, []);
      });

      it("about rows that nobody sent is named, and holds nothing up", async () => {
        const { batch } = await bed.send([{ pid: "c", name: "丙" }]);
        await bed.refuse("u1", { guid: "no-such-row", batch: batch.digest.slice(0, 32) });
        await bed.refuse("u2", { guid: await guidOf("c"), batch: "another" });
        await bed.refuse("u3", {
          guid: await guidOf("c"),
          batch: batch.digest.slice(0, 32),
          table: "up_other",
        });
        assert.deepEqual((await receipts(bed, since)).refusals, []);
        const [found] = (await bed.target.inspect!([], signal)).filter(
          (error) => error.code === "QZ_FEEDBACK_UNKNOWN",
        );
        assert.equal(found?.details["count"], 3);
      });

      it("leaves what was handed over since alone", async () => {
        const { batch } = await bed.send([{ pid: "d", name: "丁" }]);
        const guid = await guidOf("d");
        await bed.send([{ pid: "d", name: "改" }]);
        const { count } = await handedOver();
        await bed.refuse("f3", { guid, batch: batch.digest.slice(0, 32) });
        const { refusals } = await receipts(bed, since);
        assert.equal(refusals?.[0]?.refused[0]?.line, 2);
        assert.equal((await handedOver()).count, count);
      });

      it("that does not come in time counts as acceptance", async () => {
        const patient = bed.target;
        await database.script(
          "UPDATE qz_batch SET handed_at = handed_at - 86400000 WHERE sequence <= 2",
        );
        const { receipts: found } = await patient.receipts!(stream.site, undefined, signal);
        assert.deepEqual(
          found.map(({ sequence, accepted, refused }) => [sequence, accepted, refused.length]),
          [
            [1, 1, 1],
            [2, 1, 0],
          ],
        );
      });
    },
  );

for (const { name, url, open } of servers)
  describe(`a consumer's marks on ${name}`, { skip: url === undefined }, () => {
    it("answer a batch when each of its rows is marked or purged", async () => {
      await using database = await open(url ?? "");
      const bed = await tablesBed(database, { profile: "department" });
      try {
        await bed.send([{ pid: "a" }, { pid: "b" }]);
        await bed.send([{ pid: "c" }]);
        const answered = async () =>
          (await receipts(bed)).receipts.map(({ sequence, accepted }) => [sequence, accepted]);
        assert.deepEqual(await answered(), []);
        const { quote } = database.engine;
        const table = quote("YXT_PERSON");
        await database.script(
          `UPDATE ${table} SET ${quote("JHBZ")} = '1' WHERE ${quote("PID")} IN ('a', 'c')`,
        );
        assert.deepEqual(await answered(), [[2, 1]]);
        await database.script(`DELETE FROM ${table} WHERE ${quote("PID")} = 'b'`);
        assert.deepEqual(await answered(), [
          [2, 1],
          [1, 2],
        ]);
        const [row] = await database.rows(
          `SELECT ${["CZLX", "XXLY", "GXSJ"].map(quote).join(", ")} FROM ${table} WHERE ${quote("PID")} = 'a'`,
        );
        assert.match(String(row), /^I,渝50,\d{14}$/);
      } finally {
        await bed.target.close();
      }
    });
  });
