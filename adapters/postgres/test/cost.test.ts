import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { PositionValue, ScanRequest, Source, StatementCost } from "@qianzhi/sdk";
import { postgres } from "../src/index.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

const calm: AbortSignal = new AbortController().signal;
const none = (): void => undefined;
const late: readonly PositionValue[] = ["2026-01-03 07:33:19", 199_999];

describe("the cost of a statement on a real server", { skip: noServer }, () => {
  let server: TestServer;
  let source: Source;
  before(async () => {
    server = await testServer("cost");
    for (const table of ["indexed", "bare"])
      await server.admin(
        `CREATE TABLE ${table} (id int PRIMARY KEY, at timestamp(0) NOT NULL, note text);
         INSERT INTO ${table} SELECT i, timestamp '2026-01-01' + i * interval '1 second', 'x' FROM generate_series(1, 200000) i;`,
      );
    await server.admin("CREATE INDEX by_stamp ON indexed (at, id); ANALYZE;");
    source = await postgres.open(server.options, {
      clock: { now: () => 0, monotonic: () => 0 },
      log: { debug: none, info: none, warn: none, error: none },
      decode: () => "",
      signal: calm,
      offset: "+08:00",
    });
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
    assert.deepEqual(await cost("indexed"), { rows: 1_001, index: "by_stamp", sorts: false });
    const poll = await cost("indexed", { from: late, pageRows: 1 });
    assert.deepEqual([poll.index, poll.sorts], ["by_stamp", false]);
    assert.ok(poll.rows <= 2, `${poll.rows} rows`);
  });

  it("is that of the whole table where none does, and says which would", async () => {
    for (const change of [{}, { from: late, pageRows: 1 }]) {
      const { rows, index, suggestion } = await cost("bare", change);
      assert.ok(rows > 150_000, `${rows} rows`);
      assert.equal(index, null);
      assert.equal(suggestion, 'CREATE INDEX "qz_bare_at_id" ON "bare" ("at", "id")');
    }
  });

  it("of a comparison is a walk along the key, from the start and from anywhere", async () => {
    for (const change of [{}, { from: [100_000] }])
      assert.deepEqual(await cost("bare", { order: ["id"], ...change }), {
        rows: 1_001,
        index: "bare_pkey",
        sorts: false,
      });
  });

  it("of a point read is that of its keys", async () => {
    const values = Array.from({ length: 500 }, (_, at) => [at * 399 + 1]);
    const { rows, index } = await cost("bare", { keys: { columns: ["id"], values } });
    assert.equal(index, "bare_pkey");
    assert.ok(rows <= 1_000, `${rows} rows`);
  });
});
