import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { tableOf } from "../src/profile.ts";
import { servers } from "./servers.ts";
import { person, signal, tablesBed } from "./tables-bed.ts";

for (const { name, url, open } of servers)
  describe(
    `looking at tables on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("finds nothing wrong in those that were printed, and leaves them empty", async () => {
        for (const profile of ["national", "department", "sign-state"]) {
          await using database = await open(url ?? "");
          const bed = await tablesBed(database, { profile });
          try {
            assert.deepEqual(await bed.target.inspect!([person], signal), []);
            const table = database.engine.quote(tableOf(bed.profile, "person"));
            assert.deepEqual(await database.rows(`SELECT count(*) FROM ${table}`), [["0"]]);
          } finally {
            await bed.target.close();
          }
        }
      });

      it("names each column that is missing, wrong, narrower or asks for more", async () => {
        await using database = await open(url ?? "");
        const { quote } = database.engine;
        const more = name === "MariaDB" ? "INT NOT NULL" : "INTEGER NOT NULL";
        const bed = await tablesBed(database, {
          tables: (ddl) =>
            ddl
              .replace(/(.cd_batch. VARCHAR)\(32\)/, "$1(20)")
              .replace(/(.cd_time.) \w+(\(0\))?/, `$1 DATE`)
              .replace(/(.income. \w+)\(14,2\) NULL/, "$1(12,2) NOT NULL")
              .replace(/(.name. VARCHAR)\(10\)/, "$1(9)")
              .replace(/(.score.) DOUBLE( PRECISION)?/, name === "MariaDB" ? "$1 FLOAT" : "$1 REAL")
              .replace(/(.photo.) \w+ NULL/, `$1 INTEGER NULL, ${quote("more_still")} ${more}`)
              .replace(/(["`])alive\1/g, quote("alive_not")),
        });
        try {
          const found = await bed.target.inspect!([person], signal);
          const named = found.map(({ code, details }) => `${code} ${String(details["column"])}`);
          assert.deepEqual(
            named.sort(),
            [
              "QZ_TARGET_COLUMN alive",
              "QZ_TARGET_COLUMN cd_batch",
              "QZ_TARGET_COLUMN more_still",
              "QZ_TARGET_COLUMN photo",
              "QZ_TARGET_COLUMN score",
              "QZ_TARGET_COLUMN_NARROW income",
              "QZ_TARGET_COLUMN_NARROW name",
              "QZ_TARGET_COLUMN cd_time",
            ].sort(),
          );
          await assert.rejects(
            bed.target.deliver(bed.seal([{ pid: "1" }]), signal),
            (error: unknown) => QianzhiError.is(error) && error.code === "QZ_TARGET_COLUMN",
          );
        } finally {
          await bed.target.close();
        }
      });

      it("names the tables and the feedback that are not there, all at once", async () => {
        await using database = await open(url ?? "");
        const bed = await tablesBed(database);
        try {
          await database.script(
            "DROP TABLE up_person; DROP TABLE qz_answer; DROP TABLE dn_audit_abnormal",
          );
          const found = await bed.target.inspect!([person], signal);
          assert.deepEqual(
            found.map(({ code, details }) => `${code} ${String(details["table"])}`),
            ["qz_answer", "up_person", "dn_audit_abnormal"].map(
              (table) => `QZ_TARGET_TABLE_MISSING ${table}`,
            ),
          );
        } finally {
          await bed.target.close();
        }
      });

      it("names each column that the platform's feedback table lacks, whatever its case", async () => {
        await using database = await open(url ?? "");
        const bed = await tablesBed(database);
        try {
          await database.script(
            `DROP TABLE dn_audit_abnormal;
             CREATE TABLE dn_audit_abnormal (ROW_GUID VARCHAR(50), table_sql_name VARCHAR(50),
               table_row_guid VARCHAR(50), err_type VARCHAR(50))`,
          );
          const found = await bed.target.inspect!([person], signal);
          assert.deepEqual(
            found.map(({ code, details }) => `${code} ${String(details["column"])}`),
            ["QZ_FEEDBACK_COLUMN table_cd_batch", "QZ_FEEDBACK_COLUMN remark"],
          );
        } finally {
          await bed.target.close();
        }
      });
    },
  );
