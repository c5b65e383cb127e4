import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QianzhiError, type Refusal } from "@qianzhi/sdk";
import { ledgerTables } from "../src/ledger.ts";
import { servers, type Database } from "./servers.ts";
import { signal, stream, tablesBed } from "./tables-bed.ts";

const reasonsOf = (refused: readonly Refusal[]) =>
  refused.map(({ line, reasons }) => [
    line,
    reasons.map(({ item, code }) => `${item ?? "-"} ${code}`).join(),
  ]);

/** An immediate answer needs a profile that waits for nothing. */
const immediate = { profile: "sign-state" };

for (const { name, url, open } of servers)
  describe(
    `a table on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("that is narrower than the descriptor refuses what it cannot hold, record by record, and cuts nothing short", async () => {
        await using database = await open(url ?? "");
        const bed = await tablesBed(database, {
          ...immediate,
          tables: (ddl) =>
            ddl
              .replace(/(.NAME. )VARCHAR\(10\)/, "$1VARCHAR(3)")
              .replace(/(.INCOME. \w+)\(14,2\)/, "$1(6,1)")
              .replace(/(.SEEN. \w+)\(3\)/, "$1(0)"),
        });
        try {
          const { refused, delivery } = await bed.send([
            { pid: "1", name: "甲乙丙" },
            { pid: "2", name: "甲  " },
            { pid: "3", name: "甲   " },
            { pid: "4", name: "𠮷𠮷𠮷" },
            { pid: "5", income: "99999.90" },
            { pid: "6", income: "1.25" },
            { pid: "7", income: "100000.00" },
            { pid: "8", seen: "2026-01-02T03:04:05.000+08:00" },
            { pid: "9", seen: "2026-01-02T03:04:05.001+08:00" },
          ]);
          assert.deepEqual(reasonsOf(refused), [
            [4, "name QZ_COLUMN_LENGTH"],
            [7, "income QZ_COLUMN_DIGITS"],
            [8, "income QZ_COLUMN_DIGITS"],
            [10, "seen QZ_COLUMN_DIGITS"],
          ]);
          assert.equal("receipt" in delivery && delivery.receipt.accepted, 5);
          const { quote } = database.engine;
          const rows = await database.rows(
            `SELECT ${quote("PID")}, ${quote("NAME")} FROM ${quote("PERSON")} ORDER BY ${quote("PID")}`,
          );
          assert.deepEqual(rows.slice(0, 3), [
            ["1", "甲乙丙"],
            ["2", "甲  "],
            ["4", "𠮷𠮷𠮷"],
          ]);
          assert.equal((await bed.target.digest!(stream, undefined, signal)).count, 5);
        } finally {
          await bed.target.close();
        }
      });

      it("with a constraint of its own refuses the rows at fault alone, and says nothing of their values", async (t) => {
        await using database = await open(url ?? "");
        if (await ignoresChecks(database)) return t.skip(NO_CHECKS);
        const bed = await tablesBed(database, immediate);
        const { quote } = database.engine;
        try {
          await database.script(
            `ALTER TABLE ${quote("PERSON")} ADD CONSTRAINT no_bad CHECK (${quote("NAME")} <> '坏值')`,
          );
          const people = Array.from({ length: 50 }, (_, n) => ({
            pid: `p${n}`,
            name: n === 0 || n === 31 || n === 49 ? "坏值" : "好",
          }));
          const { refused } = await bed.send(people);
          assert.deepEqual(reasonsOf(refused), [
            [2, "- QZ_COLUMN_REFUSED"],
            [33, "- QZ_COLUMN_REFUSED"],
            [51, "- QZ_COLUMN_REFUSED"],
          ]);
          assert.doesNotMatch(JSON.stringify(refused), /坏值/);
          const count = async () =>
            (await database.rows(`SELECT count(*) FROM ${quote("PERSON")}`))[0]?.[0];
          assert.equal(await count(), "47");
          // After nothing but new records the next ones are taken for new, too.
          const more = people.map(({ name: value }, n) => ({ pid: `q${n}`, name: value }));
          assert.deepEqual(
            (await bed.send(more)).refused.map(({ line }) => line),
            [2, 33, 51],
          );
          const handedOver = async () =>
            (await bed.target.digest!(stream, undefined, signal)).count;
          assert.deepEqual([await count(), await handedOver()], ["94", 94]);
          await bed.send([
            { pid: "q31", name: "好" },
            { pid: "p1", name: "改" },
          ]);
          const last = await database.rows(
            `SELECT ${["PID", "SIGNSTATE"].map(quote).join(", ")} FROM ${quote("PERSON")} WHERE ${quote("PID")} IN ('q31', 'p1')`,
          );
          assert.deepEqual([last.length, await handedOver()], [3, 95]);
        } finally {
          await bed.target.close();
        }
      });

      it("refuses the rows at fault of a batch of several statements, each by its line", async (t) => {
        await using database = await open(url ?? "");
        if (await ignoresChecks(database)) return t.skip(NO_CHECKS);
        const operation = {
          column: "VALIDITYFLAG",
          length: 1,
          insert: "1",
          update: "2",
          delete: "0",
        };
        const bed = await tablesBed(database, { ...immediate, change: { operation } });
        const { quote } = database.engine;
        try {
          await database.script(
            `ALTER TABLE ${quote("PERSON")} ADD CONSTRAINT no_bad CHECK (${quote("NAME")} <> '坏值')`,
          );
          const nameOf = (n: number): string =>
            n % 14 === 5 ? "坏值" : n === 25 ? "这一个名字太长了不能写入" : "好";
          const more = JSON.stringify("长".repeat(30_000));
          // Records that the ledger is asked about, those of a load, and half of them again with others behind them.
          for (const leads of ["pp", "qq", "qr"]) {
            const people = Array.from({ length: 30 }, (_, n) => ({
              pid: `${leads[n < 15 ? 0 : 1]}${n}`,
              name: nameOf(n),
              more,
            }));
            assert.deepEqual(reasonsOf((await bed.send(people)).refused), [
              [7, "- QZ_COLUMN_REFUSED"],
              [21, "- QZ_COLUMN_REFUSED"],
              [27, "name QZ_COLUMN_LENGTH"],
            ]);
          }
          const done = quote(operation.column);
          const counted = await database.rows(
            `SELECT ${done}, count(*) FROM ${quote("PERSON")} GROUP BY ${done} ORDER BY ${done}`,
          );
          assert.deepEqual(counted, [
            ["1", "67"],
            ["2", "14"],
          ]);
          assert.equal((await bed.target.digest!(stream, undefined, signal)).count, 67);
        } finally {
          await bed.target.close();
        }
      });

      it("that is gone, changed, full or forbidden is a typed error, and takes the batch when it is mended", async () => {
        await using database = await open(url ?? "");
        const { quote } = database.engine;
        const table = quote("PERSON");
        const { schema, user, grant, revoke, full, room, drop } = trouble(name, table);
        const bed = await tablesBed(database, {
          ...immediate,
          options: { user, password: "Qz-1-tables" },
          tables: (ddl) => `${ddl}\n${schema};${grant}`,
        });
        let number = 0;
        const isMendedBy = async (code: string, wrong: string, mending: string): Promise<void> => {
          await database.script(wrong);
          const pid = `p${(number += 1)}`;
          const batch = bed.seal([{ pid, name: "甲" }]);
          const again = () => bed.target.deliver(batch, signal);
          await assert.rejects(again(), (error: unknown) => {
            assert.equal(QianzhiError.is(error) && error.code, code);
            return true;
          });
          await database.script(mending);
          assert.ok("receipt" in (await again()));
          const [count] = await database.rows(
            `SELECT count(*) FROM ${table} WHERE ${quote("PID")} = '${pid}' AND ${quote("NAME")} = '甲'`,
          );
          assert.deepEqual(count, ["1"], code);
        };
        const [column, alter] = [quote("OPERATEDATE"), `ALTER TABLE ${table}`];
        const time = name === "MariaDB" ? "DATETIME" : "TIMESTAMP(0)";
        try {
          await isMendedBy(
            "QZ_TARGET_TABLE_MISSING",
            `${alter} RENAME TO gone`,
            `ALTER TABLE gone RENAME TO ${table}`,
          );
          await isMendedBy(
            "QZ_TARGET_COLUMN",
            `${alter} DROP COLUMN ${column}`,
            `${alter} ADD ${column} ${time}`,
          );
          await isMendedBy("QZ_TARGET_DENIED", revoke, grant);
          await isMendedBy("QZ_TARGET_FULL", full, room);
          if (name === "MariaDB") {
            // What MariaDB 11.6 and later say of a row that the platform has changed since the transaction first read.
            await isMendedBy("QZ_TARGET_BUSY", full.replace("1114", "1020"), room);
            await isMendedBy(
              "QZ_TARGET_NOT_ATOMIC",
              `${alter} ENGINE = MyISAM`,
              `${alter} ENGINE = InnoDB`,
            );
          }
        } finally {
          await bed.target.close();
          await database.script(drop);
        }
      });
    },
  );

const NO_CHECKS = "MySQL before 8.0.16 takes constraints, and does not look at them";
const ignoresChecks = async ({ rows }: Database): Promise<boolean> =>
  /^5\./.test(String((await rows("SELECT version()"))[0]?.[0]));

/** An account of little rights, and a trigger that says what a full disk says: by the server's own numbers. */
function trouble(server: string, table: string) {
  const user = `qz_写_${process.pid}`;
  const ledger = ledgerTables.map(({ name }) => `GRANT INSERT ON ${name} TO ${user}@'%'`);
  if (server === "MariaDB")
    return {
      user,
      schema: `CREATE USER ${user}@'%' IDENTIFIED BY 'Qz-1-tables'; GRANT SELECT, UPDATE ON * TO ${user}@'%'; ${ledger.join(";")}`,
      grant: `GRANT INSERT ON ${table} TO ${user}@'%'`,
      revoke: `REVOKE INSERT ON ${table} FROM ${user}@'%'`,
      full: `CREATE TRIGGER full BEFORE INSERT ON ${table} FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114`,
      room: "DROP TRIGGER full",
      drop: `DROP USER ${user}@'%'`,
    };
  const all = "ALL TABLES IN SCHEMA public";
  return {
    user,
    schema: `CREATE ROLE ${user} LOGIN PASSWORD 'Qz-1-tables'; GRANT SELECT, UPDATE ON ${all} TO ${user}`,
    grant: `GRANT INSERT ON ${all} TO ${user}`,
    revoke: `REVOKE INSERT ON ${all} FROM ${user}`,
    full: `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END$$;
      CREATE TRIGGER full_disk BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE PROCEDURE full_disk()`,
    room: `DROP TRIGGER full_disk ON ${table}`,
    drop: `DROP OWNED BY ${user}; DROP ROLE ${user}`,
  };
}
