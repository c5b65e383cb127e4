import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { person } from "../world/person.ts";
import { servers } from "../world/servers.ts";
import { tablesSite } from "../world/tables-site.ts";

const feedbackTable = `CREATE TABLE dn_audit_abnormal (row_guid VARCHAR(50) NOT NULL PRIMARY KEY, err_type VARCHAR(100),
  remark VARCHAR(1000), table_sql_name VARCHAR(100), table_row_guid VARCHAR(50), table_cd_batch VARCHAR(32))`;

const codesOf = (answer: Record<string, unknown>): readonly string[] =>
  (answer["findings"] as readonly { readonly code: string }[]).map(({ code }) => code);

for (const { name, url, open } of servers)
  describe(`a site that delivers into tables on ${name}`, () => {
    const skip = url === undefined ? `${name} is not there` : false;
    it(
      "hands over, takes feedback into quarantine, and is reconciled with what it handed over",
      { skip },
      async () => {
        await using tables = await open(url ?? "");
        await using site = await tablesSite(
          name === "MariaDB" ? "mysql" : "postgres",
          tables.options,
        );
        site.legacy
          .exec(`INSERT INTO rk VALUES ('a', '甲', 1, '2026-01-01 00:00:01'), ('b', '乙', 2, '2026-01-01 00:00:02'),
        ('c', '丙', 3, '2026-01-01 00:00:03'), ('d', '名字太长了', 4, '2026-01-01 00:00:04')`);
        const missing = await site.ask("check");
        assert.equal(missing["ok"], false, JSON.stringify(missing));
        assert.ok(codesOf(missing).includes("QZ_TARGET_TABLE_MISSING"));

        await tables.exec(String((await site.ask("target", "ddl"))["ddl"]));
        await tables.exec(feedbackTable);
        await tables.exec(`ALTER TABLE up_${person.identifier} DROP COLUMN data_source`);
        assert.match(
          JSON.stringify(await site.ask("check")),
          /"ok":false.*QZ_TARGET_COLUMN.*data_source/,
        );
        await tables.exec(`ALTER TABLE up_${person.identifier} ADD data_source VARCHAR(3)`);
        const checked = await site.ask("check");
        assert.equal(checked["ok"], true, JSON.stringify(checked));
        assert.ok(codesOf(checked).includes("QZ_PROOF_HANDED_OVER"));

        const first = await site.ask("run", "--once");
        assert.deepEqual(runOf(first), { read: 4, handedOver: 1, accepted: 0, quarantined: 1 });
        const rows = (): Promise<(string | null)[][]> =>
          tables.rows(
            `SELECT resident_id, cd_operation, name FROM up_${person.identifier} ORDER BY id`,
          );
        assert.deepEqual(await rows(), [
          ["a", "i", "甲"],
          ["b", "i", "乙"],
          ["c", "i", "丙"],
        ]);

        await tables.exec(`INSERT INTO dn_audit_abnormal SELECT 'f1', '字段校验', '查无此人', 'up_${person.identifier}', row_guid, cd_batch
        FROM up_${person.identifier} WHERE resident_id = 'b'`);
        await tables.exec(
          `INSERT INTO dn_audit_abnormal VALUES ('f2', '字段校验', '查无此人', 'up_other', 'g', 'b')`,
        );
        await site.ask("run", "--once");
        const listed = await site.ask("quarantine", "list");
        assert.match(JSON.stringify(listed), /字段校验.*查无此人|查无此人.*字段校验/);
        assert.ok(codesOf(await site.ask("check")).includes("QZ_FEEDBACK_UNKNOWN"));
        const compared = await site.ask("compare");
        assert.equal(compared["ok"], true, JSON.stringify(compared));
        assert.match(JSON.stringify(compared), /"equal":2/);

        // The bureau mends the record, and deletes another without a trace.
        site.legacy.exec(
          `UPDATE rk SET xm = '改', gx = '2026-01-01 00:00:09' WHERE bh = 'b'; DELETE FROM rk WHERE bh = 'c'`,
        );
        await site.ask("run", "--once");
        const reconciled = await site.ask("reconcile");
        assert.match(JSON.stringify(reconciled), /"surplus":1/);
        assert.deepEqual((await rows()).slice(3), [
          ["b", "i", "改"],
          ["c", "d", null],
        ]);
        await tables.exec("UPDATE qz_batch SET handed_at = handed_at - 86400000");
        const settled = await site.ask("run", "--once");
        assert.deepEqual(runOf(settled), {
          read: 1,
          handedOver: undefined,
          accepted: 4,
          quarantined: 1,
        });
        const { pipelines, proves } = await site.ask("status");
        assert.equal(proves, "hand-over");
        assert.match(JSON.stringify(pipelines), /"waitingBatches":0,"quarantined":1/);

        // Handed over and not yet answered when the share ends.
        site.legacy.exec("INSERT INTO rk VALUES ('e', '戊', 5, '2026-01-01 00:00:10')");
        await site.ask("run", "--once");
        const ended = { ...person, version: "2.0.0", share: { type: "none", basis: "停止共享" } };
        await writeFile(join(site.folder, "person.yaml"), JSON.stringify(ended));
        const refused = await site.ask("run", "--once");
        assert.match(JSON.stringify(refused), /QZ_POLICY_WITHHELD/);
        const withdrawn = (await rows()).slice(6).map(([id, operation]) => `${operation} ${id}`);
        assert.deepEqual(withdrawn.sort(), ["d a", "d b", "d e"]);
        await tables.exec("UPDATE qz_batch SET handed_at = handed_at - 86400000");
        await site.ask("run", "--once");
        assert.match(
          JSON.stringify(await site.ask("status")),
          /"withdrawal":\{"sealedAt":"[^"]+","doneAt":"/,
        );
      },
    );
  });

function runOf(answer: Record<string, unknown>) {
  const [report] = answer["pipelines"] as readonly Readonly<Record<string, number>>[];
  const { read, handedOver, accepted, quarantined } = report ?? {};
  return { read, handedOver, accepted, quarantined };
}
