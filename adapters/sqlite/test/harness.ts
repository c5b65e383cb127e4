import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacking, sqlSession, sqlTables, type ProvideHarness } from "@qianzhi/adapter-testkit";
import { sqlite } from "../src/index.ts";
import { openForTest } from "./open-for-test.ts";
import { datetime, integer, misdeclared, text, types } from "./test-types.ts";

const words = {
  name: (identifier: string) => `"${identifier}"`,
  createView: (name: string, query: string) => [
    `DROP VIEW IF EXISTS ${name}`,
    `CREATE VIEW ${name} AS ${query}`,
  ],
  begin: "BEGIN IMMEDIATE",
};

/** A database file in a directory of its own, which disposing removes. */
export const harness: ProvideHarness = async () => {
  const directory = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
  const path = join(directory, "legacy.db");
  const writer = openForTest(path);
  return {
    ...sqlTables(async (sql) => writer.exec(sql), words),
    open: (host) => sqlite.open({ path }, host),
    openWrongly: (_option, host) => sqlite.open({ path: join(directory, "no-such.db") }, host),
    integer,
    text,
    large: text,
    types,
    misdeclared,
    stamp: { type: datetime, now: "strftime('%Y-%m-%d %H:%M:%f', 'now', '+8 hours')" },
    async session() {
      const own = openForTest(path);
      return sqlSession(
        { run: async (sql) => own.exec(sql), close: async () => own.close() },
        words,
      );
    },
    writeAttempt: async (table) => `SELECT 1 AS n) AS q; DELETE FROM ${table.name}; --`,
    lacks: {
      ...lacking("it offers no change feed", "changes"),
      ...lacking("SQLite has no such collation", "accent-insensitive", "pinyin"),
      ...lacking("SQLite has no such type", "uniqueidentifier"),
      ...lacking("SQLite does not tell of other connections", "exact horizon"),
      ...lacking(
        "a file has no server, no accounts and no rights",
        "password",
        "address",
        "sever",
        "connections",
        "denied table",
        "denied column",
        "blind account",
      ),
      ...lacking(
        "a statement runs on the calling thread and cannot be stopped from it; pages are bounded instead",
        "slow statement",
      ),
      ...lacking("SQLite quotes no value in its messages", "leaky predicate"),
    },
    async [Symbol.asyncDispose]() {
      writer.close();
      rmSync(directory, { recursive: true });
    },
  };
};
