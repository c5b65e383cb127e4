import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { PositionValue, ScanRequest, Source, StatementCost } from "@qianzhi/sdk";
import { mysql } from "../src/index.ts";
import { costOf } from "../src/cost.ts";
import { noServer, numbersTo, testServer, type TestServer } from "./server.ts";

const calm: AbortSignal = new AbortController().signal;
const late: readonly PositionValue[] = ["2026-01-03 07:33:19", 199_999];

describe("the cost of a statement on a real server", { skip: noServer }, () => {
  let server: TestServer;
  let source: Source;
  before(async () => {
    server = await testServer("cost");
    for (const [table, index] of [
      ["indexed", ", KEY (at, id)"],
      ["bare", ""],
    ])
      await server.admin.query(
        `CREATE TABLE ${table} (id INT PRIMARY KEY, at DATETIME NOT NULL, note VARCHAR(20)${index}) ENGINE=InnoDB;
         INSERT INTO ${table} SELECT seq, '2026-01-01' + INTERVAL seq SECOND, 'x' FROM ${numbersTo(200_000)};
         ANALYZE TABLE ${table};`,
      );
    const host = {
      clock: { now: () => 0, monotonic: () => 0 },
      log: { debug: none, info: none, warn: none, error: none },
      decode: () => "",
      signal: calm,
      offset: "+08:00",
    };
    source = await mysql.open(server.options, host);
  });
  after(async () => {
    await source.close();
    await server[Symbol.asyncDispose]();
  });

  const cost = async (table: string, change: Partial<ScanRequest> = {}): Promise<StatementCost> => {
    const request: ScanRequest = {
      relation: { table: [table] },
      columns: ["id", "at", "note"].map((name) => ({ name })),
      order: ["at", "id"],
      pageRows: 1_000,
      ...change,
    };
    const found = await source.cost?.(request, calm);
    assert.ok(found);
    return found;
  };

  it("is that of the page where an index gives the order", async () => {
    assert.deepEqual(await cost("indexed"), { rows: 1_001, index: "at", sorts: false });
    for (const from of [["2026-01-01 00:00:01", 1], late] as const) {
      const until = { values: ["2026-01-04 00:00:00"], inclusive: false };
      const { rows, index, sorts } = await cost("indexed", { from, until });
      assert.deepEqual([rows <= 1_001, index, sorts], [true, "at", false], String(from));
    }
    const poll = await cost("indexed", { from: late, pageRows: 1 });
    assert.deepEqual([poll.index, poll.sorts], ["at", false]);
    assert.ok(poll.rows <= 2, `${poll.rows} rows`);
  });

  it("is that of the whole table where none does, and says which would", async () => {
    for (const change of [{}, { from: late, pageRows: 1 }]) {
      const { rows, index, sorts, suggestion } = await cost("bare", change);
      assert.ok(rows > 150_000, `${rows} rows`);
      assert.deepEqual([index, sorts], [null, true]);
      assert.equal(suggestion, "CREATE INDEX `qz_bare_at_id` ON `bare` (`at`, `id`)");
      await source.scan?.(
        { relation: { table: ["bare"] }, columns: [{ name: "id" }], order: ["id"], pageRows: 1 },
        calm,
      );
    }
  });

  it("of a comparison is a walk along the key, from the start and from anywhere", async () => {
    const whole = await cost("bare", { order: ["id"] });
    assert.deepEqual(whole, { rows: 1_001, index: "PRIMARY", sorts: false });
    // MySQL 9 does not estimate a range of an index that it is told to use.
    const { rows, index, sorts } = await cost("bare", { order: ["id"], from: [100_000] });
    assert.deepEqual([rows <= 1_001, index, sorts], [true, "PRIMARY", false]);
  });

  it("of a point read is that of its keys", async () => {
    const values = Array.from({ length: 500 }, (_, at) => [at * 399 + 1]);
    const { rows, index } = await cost("bare", { keys: { columns: ["id"], values } });
    assert.equal(index, "PRIMARY");
    assert.ok(rows <= 1_000, `${rows} rows`);
  });

  it("is not known of a view that the account may read and not look behind, nor of a query over it", async () => {
    await server.admin.query("CREATE VIEW shown AS SELECT id, at, note FROM indexed WHERE id < 9");
    for (const relation of [{ table: ["shown"] }, { query: "SELECT * FROM shown" }]) {
      const request = { relation, columns: [{ name: "id" }], order: ["id"], pageRows: 10 };
      assert.equal((await source.scan?.(request, calm))?.rows.length, 8);
      assert.equal(await source.cost?.(request, calm), null);
    }
  });

  it("of a poll of an unchanged table is two index look-ups, as the server counts them", async () => {
    const connection = await server.connect();
    const sql =
      "SELECT id, at, note FROM indexed WHERE at >= ? AND (at > ? OR at = ? AND id >= ?) ORDER BY at, id LIMIT 3";
    await connection.query("FLUSH STATUS");
    await connection.query(sql, [
      "2026-01-03 07:33:20",
      "2026-01-03 07:33:20",
      "2026-01-03 07:33:20",
      200_000,
    ]);
    const [rows] = await connection.query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    await connection.end();
    const reads = new Map(
      (rows as { Variable_name: string; Value: string }[]).map((row) => [
        row.Variable_name,
        Number(row.Value),
      ]),
    );
    // The row at the position and what follows it are two ranges of the index.
    assert.ok((reads.get("Handler_read_key") ?? 9) <= 2, JSON.stringify([...reads]));
    assert.equal(reads.get("Handler_read_rnd_next"), 0);
    assert.ok((reads.get("Handler_read_next") ?? 0) <= 1);
  });
});

const none = (): void => undefined;

describe("the plan of a statement", () => {
  it("is read in both widths that EXPLAIN has had", () => {
    const old = [
      1n,
      "SIMPLE",
      "t",
      "ALL",
      null,
      null,
      null,
      null,
      500,
      "Using where; Using filesort",
    ];
    assert.deepEqual(costOf([old]), { rows: 500, index: null, sorts: true });
    const newer = [1, "SIMPLE", "t", null, "range", "k", "k", "4", null, 7, 33.3, "Using where"];
    assert.deepEqual(costOf([newer]), { rows: 7, index: "k", sorts: false });
    const nothing = [1, "SIMPLE", null, null, null, null, null, null, null, "Impossible WHERE"];
    assert.equal(costOf([nothing])?.rows, 0);
  });

  it("of a join multiplies, of parts adds up", () => {
    const row = (id: number, rows: number) => [
      id,
      "PRIMARY",
      "t",
      "ref",
      "k",
      "k",
      "4",
      "c",
      rows,
      "",
    ];
    assert.equal(costOf([row(1, 10), row(1, 20), row(2, 5)])?.rows, 205);
  });
});
