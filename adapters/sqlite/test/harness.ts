import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceHarness, TestType, TestValue } from "@qianzhi/adapter-testkit";
import type { AdapterHost, RawValue, Relation } from "@qianzhi/sdk";
import { sqlite } from "../src/index.ts";
import { openForTest } from "./open-for-test.ts";

const ddl = new Map<TestType, string>();

function type(
  native: string,
  kind: TestType["type"],
  values: readonly (readonly [string, RawValue, "same"?])[],
): TestType {
  const made: TestType = {
    name: native,
    type: kind,
    orderable: kind !== "json" && kind !== "other" && kind !== "double",
    values: values.map(([write, read, same]): TestValue => ({
      write,
      read,
      ...(same ? { sameAsPrevious: true } : {}),
    })),
  };
  ddl.set(made, native);
  return made;
}

const integer = type("INTEGER", "integer", [
  ["0", 0],
  ["-1", -1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["9223372036854775807", "9223372036854775807"],
]);

const types = [
  integer,
  type("BIGINT CHECK (1)", "integer", [
    ["1", 1],
    ["'abc'", "abc"],
    ["x'00'", Uint8Array.of(0)],
    ["1.5", 1.5],
  ]),
  type("VARCHAR(20)", "text", [
    ["''", ""],
    ["'a'", "a"],
    ["'a '", "a "],
    ["'A'", "A"],
    ["'重庆'", "重庆"],
    ["'𠮷🀄'", "𠮷🀄"],
    ["'9007199254740993'", "9007199254740993"],
    ["'a' || char(0) || 'b'", "a\0b"],
    ["char(65533)", "\ufffd"],
    ["CAST(x'D6D8C7EC' AS TEXT)", "\udcd6\udcd8\udcc7\udcec"],
    ["x'00ff'", Uint8Array.of(0, 255)],
  ]),
  type("TEXT COLLATE NOCASE", "text", [
    ["'a'", "a"],
    ["'A'", "A", "same"],
    ["'b'", "b"],
    ["'Z'", "Z"],
  ]),
  type("TEXT COLLATE RTRIM", "text", [
    ["'a'", "a"],
    ["'a  '", "a  ", "same"],
    ["'b'", "b"],
  ]),
  type("DECIMAL(20, 8)", "decimal", [
    ["12.5", "12.5"],
    ["3", "3"],
    ["-0.0000001", "-0.0000001"],
    ["1e21", "1000000000000000000000"],
    ["9007199254740993", "9007199254740993"],
  ]),
  type("DOUBLE", "double", [
    ["0.1", 0.1],
    ["-2.5", -2.5],
    ["5e-324", 5e-324],
    ["1.7976931348623157e308", 1.7976931348623157e308],
  ]),
  type("BOOLEAN", "boolean", [
    ["0", false],
    ["1", true],
  ]),
  type("DATE", "date", [
    ["'1900-01-01'", "1900-01-01"],
    ["'2040-12-31'", "2040-12-31"],
    ["'0000-00-00'", "0000-00-00"],
  ]),
  type("DATETIME", "datetime", [
    ["'1990-05-01 00:30:00'", "1990-05-01 00:30:00"],
    ["'2040-01-01 00:00:00.123456'", "2040-01-01 00:00:00.123456"],
  ]),
  type("TIME", "time", [
    ["'23:59:59'", "23:59:59"],
    ["'00:00:00'", "00:00:00"],
  ]),
  type("BLOB", "binary", [
    ["x''", new Uint8Array()],
    ["x'00ff'", Uint8Array.of(0, 255)],
    ["x'ff'", Uint8Array.of(255)],
  ]),
  type("JSON", "json", [[`'{"a":1.10}'`, '{"a":1.10}']]),
];

const misdeclared = type("TEXT CHECK (1)", "text", [
  ["CAST(x'D6D8C7EC' AS TEXT)", Uint8Array.of(0xd6, 0xd8, 0xc7, 0xec)],
  ["CAST(x'B1B1BEA9' AS TEXT)", Uint8Array.of(0xb1, 0xb1, 0xbe, 0xa9)],
  ["'a'", Uint8Array.of(0x61)],
]);

/** What the adapter gets from the agent. */
export function hostFor(signal: AbortSignal = new AbortController().signal): AdapterHost {
  const ignore = () => {};
  return {
    source: "legacy",
    clock: { now: () => 0, monotonic: () => 0 },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    decode: (bytes) => String(bytes),
    signal,
    offset: "+08:00",
  };
}

/** A harness over a file in a directory of its own, which disposing removes. */
export function sqliteHarness(): ConformanceHarness & Disposable {
  const directory = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
  const path = join(directory, "legacy.db");
  const writer = openForTest(path);
  return {
    integer,
    types,
    misdeclared,
    open: (signal) => sqlite.open({ path }, hostFor(signal)),
    openWrongly: () => sqlite.open({ path: join(directory, "no-such.db") }, hostFor()),
    async createTable({ name, columns, key, rows }): Promise<Relation> {
      const fields = columns.map((column) => `"${column.name}" ${ddl.get(column.type)}`);
      writer.exec(
        `DROP TABLE IF EXISTS "${name}"; CREATE TABLE "${name}" (${fields.join(", ")}, PRIMARY KEY (${key.join(", ")}))`,
      );
      for (const row of rows)
        writer.exec(
          `INSERT INTO "${name}" VALUES (${row.map((value) => value ?? "NULL").join(", ")})`,
        );
      return { table: [name] };
    },
    above: (column, number) => `${column} > ${number}`,
    queryOver: (relation) =>
      "table" in relation ? `SELECT * FROM ${relation.table[0]};` : relation.query,
    writeAttempt: async () => "SELECT 1 AS n) AS q; DELETE FROM qz_life; --",
    lacks: {
      password: "a file has no accounts",
      address: "a file has no address",
      "slow statement":
        "a statement runs on the calling thread and cannot be stopped from it; pages are bounded instead",
      sever: "there is no server that could end a connection",
      connections: "there is no server that counts connections",
      "leaky predicate": "SQLite quotes no value in its messages",
    },
    [Symbol.dispose]() {
      writer.close();
      rmSync(directory, { recursive: true });
    },
  };
}
