import { QianzhiError, type Relation } from "@qianzhi/sdk";
import type { ConformanceHarness } from "../../src/index.ts";
import { kinds } from "./kinds.ts";
import { openMemory } from "./memory-adapter.ts";
import { MemoryDatabase } from "./memory-database.ts";

const wrong = {
  password: "QZ_SOURCE_AUTH",
  address: "QZ_SOURCE_UNREACHABLE",
  database: "QZ_DATABASE_NOT_FOUND",
} as const;

/** A harness that lacks nothing, over a database of its own. */
export function memoryHarness(): {
  readonly harness: ConformanceHarness;
  readonly database: MemoryDatabase;
} {
  const database = new MemoryDatabase();
  const { integer, text, misdeclared, datetime, ...others } = kinds;
  const types = [integer, text, datetime, ...Object.values(others)].map(({ type }) => type);
  const named = (name: string): Relation => ({ table: [name] });
  const harness: ConformanceHarness = {
    open: (host) => openMemory(database, host),
    openBlind: (host) => openMemory(database, host, "blind"),
    async openWrongly(option) {
      throw new QianzhiError(wrong[option], {
        source: "legacy",
        address: "nowhere",
        user: "u",
        name: "d",
      });
    },
    integer: integer.type,
    text: text.type,
    large: text.type,
    misdeclared: misdeclared.type,
    types,
    quote: (written) => JSON.stringify(written),
    above: (column, number) => `${column} > ${number}`,
    queryOver: (relation) =>
      "table" in relation ? `SELECT * FROM ${relation.table[0]}` : relation.query,
    async createTable(table) {
      database.create(table);
      return named(table.name);
    },
    async createView(relation) {
      const table = database.tables.get("table" in relation ? relation.table[0]! : "")!;
      database.tables.set("qz_view", { ...table, name: "qz_view", kind: "view" });
      return named("qz_view");
    },
    async createRows(table, count) {
      const others = table.rows[0]!.slice(1);
      const rows = Array.from({ length: count }, (_, at) => [String(at + 1), ...others]);
      database.create({ ...table, rows }, { fresh: true });
      return named(table.name);
    },
    manyRows: 100_000,
    stamp: { type: datetime.type, now: "NOW" },
    session: async () => database.session(),
    block: async ({ name }) => database.lock(name),
    async forgetChanges() {
      database.forgotten = database.feed.length;
    },
    slow: { relation: { query: "SLEEP" }, running: async () => database.slowStatements },
    sever: async () => database.connections.clear(),
    connections: async () => database.connections.size,
    async denied(what) {
      const columns = [
        { name: "id", type: integer.type },
        { name: "v", type: text.type },
      ];
      database.create(
        { name: "qz_denied", key: ["id"], columns, rows: [["1", '"v"']] },
        { denied: what },
      );
      return named("qz_denied");
    },
    writeAttempt: async ({ name }) => `DELETE FROM ${name}`,
    leaky: (column) => `leak(${column})`,
    lacks: {},
  };
  return { harness, database };
}
