import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { postgres } from "../src/index.ts";
import { noServer, testServer } from "./server.ts";

const calm = new AbortController().signal;

test(
  "what is set for the account changes no type and no value, and ends no session",
  {
    skip: noServer,
  },
  async () => {
    await using server = await testServer("session");
    const settings = {
      quote_all_identifiers: "on",
      bytea_output: "escape",
      datestyle: "SQL, DMY",
      extra_float_digits: "-15",
      client_encoding: "GBK",
      search_path: "pg_catalog",
      ...(server.version < 140_000 ? {} : { idle_session_timeout: "3s" }),
    };
    await server.admin(
      `CREATE TABLE kept (id uuid PRIMARY KEY, m money, d date, b bytea, f real, c char(4));
     INSERT INTO kept VALUES ('6ecd8c99-4036-403d-bf84-cf8400f67836', 1234.5, '2024-02-03', '\\x00ff', 0.1, '重')`,
    );
    for (const [name, value] of Object.entries(settings))
      await server.admin(`ALTER ROLE ${server.account} SET ${name} = '${value}'`);
    const source = await postgres.open(server.options, testHost());
    try {
      const relation = { table: ["kept"] };
      const { columns } = await source.describe(relation, calm);
      assert.deepEqual(
        columns.map(({ type, native }) => [type, native]),
        [
          ["text", "uuid"],
          ["decimal", "money"],
          ["date", "date"],
          ["binary", "bytea"],
          ["double", "real"],
          ["text", "character(4)"],
        ],
      );
      const page = await source.scan!(
        { relation, columns: columns.map(({ name }) => ({ name })), order: ["id"], pageRows: 9 },
        calm,
      );
      assert.deepEqual(page.rows, [
        [
          "6ecd8c99-4036-403d-bf84-cf8400f67836",
          "1234.50",
          "2024-02-03",
          Buffer.from([0, 255]),
          0.10000000149011612,
          "重",
        ],
      ]);
      const timeout = {
        query: "SELECT coalesce(current_setting('idle_session_timeout', true), '0') AS id",
      };
      const asked = { relation: timeout, columns: [{ name: "id" }], order: [], pageRows: 9 };
      assert.deepEqual((await source.scan!(asked, calm)).rows, [["0"]]);
    } finally {
      await source.close();
    }
  },
);
