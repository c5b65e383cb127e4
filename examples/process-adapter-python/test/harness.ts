import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import program from "@qianzhi/adapter-process";
import {
  lacking,
  sqlSession,
  sqlTables,
  testType,
  type ProvideHarness,
} from "@qianzhi/adapter-testkit";

/** A program that runs from here on, compiled or not. */
export const reader = fileURLToPath(new URL("../../src/reader.py", import.meta.url));
const started = spawnSync(
  "python3",
  ["-c", "import sqlite3, sys; print(sys.executable if sys.version_info >= (3, 8) else '')"],
  { encoding: "utf8" },
);
/** The interpreter itself, not what stands before it on PATH; undefined where there is none that will do. */
export const python = started.status === 0 ? started.stdout.trim() || undefined : undefined;

const integer = testType("INTEGER", "integer", [
  ["0", 0],
  ["-1", -1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9223372036854775808", "-9223372036854775808"],
]);

const text = testType("VARCHAR(200)", "text", [
  ["''", ""],
  ["'a'", "a"],
  ["'A'", "A"],
  ["'重庆'", "重庆"],
  ["'9007199254740993'", "9007199254740993"],
  ["CAST(x'D6D8C7EC' AS TEXT)", "\udcd6\udcd8\udcc7\udcec"],
]);

const types = [
  integer,
  text,
  testType(
    "TEXT COLLATE NOCASE",
    "text",
    [
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'b'", "b"],
    ],
    { traits: ["case-insensitive"] },
  ),
  testType(
    "DOUBLE",
    "double",
    [
      ["0.1", 0.1],
      ["-2.5", -2.5],
      ["5e-324", 5e-324],
    ],
    { orderable: false },
  ),
  testType("BLOB", "binary", [
    ["x''", new Uint8Array()],
    ["x'00ff'", Uint8Array.of(0, 255)],
  ]),
];

interface Writable {
  exec(sql: string): void;
  close(): void;
}

export function openForTest(path: string): Writable {
  const { DatabaseSync } = createRequire(import.meta.url)("@photostructure/sqlite") as {
    DatabaseSync: new (path: string) => Writable;
  };
  return new DatabaseSync(path);
}

/** The programs of this process that run: their numbers. */
function readers(): readonly number[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split(
    "\n",
  );
  return lines.flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return parent === process.pid && line.includes("reader.py") ? [pid!] : [];
  });
}

const words = {
  name: (identifier: string) => `"${identifier}"`,
  createView: (name: string, query: string) => [
    `DROP VIEW IF EXISTS ${name}`,
    `CREATE VIEW ${name} AS ${query}`,
  ],
  begin: "BEGIN IMMEDIATE",
};

/** A SQLite file in a folder of its own, served by the program in Python. */
export const harness: ProvideHarness = async () => {
  const directory = mkdtempSync(join(tmpdir(), "qianzhi-python-"));
  const path = join(directory, "legacy.db");
  const writer = openForTest(path);
  const options = (file: string) => ({
    command: python ?? "python3",
    args: [reader],
    options: { path: file },
  });
  return {
    ...sqlTables(async (sql) => writer.exec(sql), words),
    open: (host) => program.open(options(path), host),
    openWrongly: (_option, host) => program.open(options(join(directory, "no-such.db")), host),
    integer,
    text,
    large: text,
    types,
    async session() {
      const own = openForTest(path);
      return sqlSession(
        { run: async (sql) => own.exec(sql), close: async () => own.close() },
        words,
      );
    },
    async sever() {
      for (const pid of readers()) process.kill(pid, "SIGKILL");
    },
    connections: async () => readers().length,
    writeAttempt: async (table) => `SELECT 1 AS n) AS q; DELETE FROM ${table.name}; --`,
    lacks: {
      ...lacking("rows are ordered, so scan serves for all reads", "list", "changes"),
      ...lacking("SQLite has no such collation", "accent-insensitive", "pinyin"),
      ...lacking(
        "the example has no such type",
        "uniqueidentifier",
        "padded",
        "fractions of a second",
        "bytes",
      ),
      ...lacking("SQLite does not tell of other connections", "horizon", "exact horizon", "stamp"),
      ...lacking("the example does not offer it", "cost", "duplicateKey"),
      ...lacking("the example reads tables and views alone", "query"),
      ...lacking(
        "a file has no accounts and no rights",
        "password",
        "address",
        "denied table",
        "denied column",
        "blind account",
      ),
      ...lacking("nobody can see from outside what the program runs", "slow statement"),
      ...lacking("SQLite quotes no value in its messages", "leaky predicate"),
    },
    async [Symbol.asyncDispose]() {
      writer.close();
      rmSync(directory, { recursive: true });
    },
  };
};
