import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@qianzhi/exchange";
import { commandLine } from "./commands.ts";
import { person } from "./person.ts";

const profile = `
table: up_{resource}
row: { column: row_guid, length: 50 }
operation: { column: cd_operation, length: 2, insert: i, update: u, delete: d }
time: { column: cd_time }
batch: { column: cd_batch, length: 32 }
source: { column: data_source, length: 3 }
serial: { column: id }
feedback: { table: dn_audit_abnormal, id: row_guid, about: table_sql_name, row: table_row_guid,
  batch: table_cd_batch, code: err_type, reason: remark, settle: 1d }
`;

/** A site that reads SQLite and delivers into tables, used through its commands. */
export async function tablesSite(engine: string, options: Readonly<Record<string, unknown>>) {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-tables-"));
  const legacy = await openDatabase(join(folder, "legacy.db"));
  legacy.exec(`CREATE TABLE rk (bh TEXT PRIMARY KEY, xm TEXT, nl INTEGER, gx TEXT NOT NULL);
    CREATE INDEX rk_gx ON rk (gx, bh)`);
  const site = {
    site: "bureau",
    target: {
      kind: "exchange-tables",
      options: { engine, ...options, profile: "./profile.yaml", dataSource: "p50" },
    },
    resources: ["./person.yaml"],
    sources: { legacy: { kind: "sqlite", options: { path: "./legacy.db" } } },
    pipelines: {
      persons: {
        resource: person.identifier,
        source: "legacy",
        table: "rk",
        mode: "cursor",
        cursor: "gx",
        settle: "0s",
        map: { resident_id: "bh", name: "xm", age: "nl" },
      },
    },
  };
  await writeFile(join(folder, "qianzhi.yaml"), JSON.stringify(site));
  await writeFile(join(folder, "person.yaml"), JSON.stringify(person));
  await writeFile(join(folder, "profile.yaml"), profile);
  const commands = commandLine(folder);
  return {
    folder,
    legacy,
    /** The answer of a command. */
    async ask(...words: readonly string[]): Promise<Record<string, unknown>> {
      const before = commands.printed.length;
      await commands.run([...words, "--json", "--lang", "en"], {});
      const said = Buffer.concat(commands.printed.slice(before)).toString("utf8");
      const answer = said.split("\n").find((line) => /^\{"(ok|verdict)"/.test(line));
      assert.ok(answer, said);
      return JSON.parse(answer) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      await commands[Symbol.asyncDispose]();
      legacy.close();
      await rm(folder, { recursive: true });
    },
  };
}
