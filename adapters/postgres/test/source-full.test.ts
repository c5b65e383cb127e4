import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { postgres } from "../src/index.ts";
import { noServer, testServer } from "./server.ts";

test(
  "a server without room to sort is asked again later, on the same connection",
  { skip: noServer },
  async () => {
    await using server = await testServer("full");
    await server.admin(
      `CREATE TABLE wide AS SELECT id, repeat('x', 900) AS v FROM generate_series(1, 5000) AS id;
     ALTER ROLE ${server.account} SET temp_file_limit = '1MB'; ALTER ROLE ${server.account} SET work_mem = '64kB'`,
    );
    const source = await postgres.open(server.options, testHost());
    const calm = new AbortController().signal;
    const scan = (query: string) =>
      source.scan!(
        { relation: { query }, columns: [{ name: "id" }], order: [], nulls: ["id"], pageRows: 9 },
        calm,
      );
    await assert.rejects(
      scan("SELECT DISTINCT id + 0 AS id, v FROM wide ORDER BY v, id OFFSET 1"),
      {
        code: "QZ_SOURCE_FULL",
        recovery: "retry",
      },
    );
    assert.deepEqual((await scan("SELECT 1 AS id")).rows, []);
    await source.close();
  },
);
