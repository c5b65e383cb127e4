import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import type { ScanRequest } from "@qianzhi/sdk";
import { selectPage } from "@qianzhi/sql";
import { PARAMETER } from "../src/connect.ts";
import { postgresDialect } from "../src/dialect.ts";
import { postgres } from "../src/index.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

describe(
  "a column that is NOT NULL by a constraint that nobody has validated",
  { skip: noServer },
  () => {
    test("may hold NULL, which is asked for", async (t) => {
      await using server = await testServer("invalid");
      if (server.version < 180_000) return t.skip("such constraints came with PostgreSQL 18");
      await server.admin(
        `CREATE TABLE late (id int PRIMARY KEY, at timestamp, checked timestamp); INSERT INTO late VALUES (1, NULL, now());
       ALTER TABLE late ADD CONSTRAINT at_is_there NOT NULL at NOT VALID; ALTER TABLE late ALTER checked SET NOT NULL`,
      );
      const source = await postgres.open(server.options, testHost());
      const { columns } = await source.describe({ table: ["late"] }, new AbortController().signal);
      await source.close();
      assert.deepEqual(
        columns.map(({ name, nullable }) => [name, nullable]),
        [
          ["id", false],
          ["at", true],
          ["checked", false],
        ],
      );
    });
  },
);

describe("a page in the middle of a large table", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("plan");
    await server.admin(
      `CREATE TABLE large (id bigint PRIMARY KEY, name varchar(40) COLLATE "C" NOT NULL, code char(8) NOT NULL, at timestamptz NOT NULL);
       INSERT INTO large SELECT n, 'name' || n, n, now() + n * interval '1 ms' FROM generate_series(1, 20000) n;
       CREATE INDEX ON large (at, id); CREATE UNIQUE INDEX ON large (name); CREATE UNIQUE INDEX ON large (code); ANALYZE large`,
    );
  });
  after(() => server[Symbol.asyncDispose]());

  const cases = {
    "the change column and the key": {
      order: ["at", "id"],
      from: ["2026-01-01 00:00:00+08:00", 7],
    },
    "a number": { order: ["id"], from: [10_000] },
    "a text of varying length": { order: ["name"], from: ["name3"] },
    "a text of fixed length": { order: ["code"], from: ["3"] },
  } satisfies Readonly<Record<string, Pick<ScanRequest, "order" | "from">>>;
  for (const [by, { order, from }] of Object.entries(cases))
    test(`is read from the index on ${by}, without a sort`, async () => {
      const source = await postgres.open(server.options, testHost());
      const relation = { table: ["large"] };
      const description = await source.describe(relation, new AbortController().signal);
      await source.close();
      const columns = order.map((name) => ({ name }));
      const request = { relation, columns, order, from, pageRows: 100 };
      const { sql, params } = selectPage(request, description, postgresDialect);
      const values = params.map((value) => `'${String(value)}'`);
      const text = sql.replaceAll(PARAMETER, () => values.shift() ?? "");
      const plan = (await server.admin(`EXPLAIN (COSTS OFF) ${text}`)).flat().join("\n");
      assert.match(plan, /Index (Only )?Scan/);
      assert.match(plan, /Index Cond/);
      assert.doesNotMatch(plan, /Sort|Seq Scan|Bitmap/);
    });
});
