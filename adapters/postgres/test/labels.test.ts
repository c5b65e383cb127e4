import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { postgres } from "../src/index.ts";
import { noServer, testServer } from "./server.ts";

test(
  "an enum tells its labels in their order, also under a domain, in an array and in a query",
  { skip: noServer },
  async () => {
    await using server = await testServer("labels");
    await server.admin(
      `CREATE TYPE grade AS ENUM ('b', 'a''"', '重'); CREATE DOMAIN graded AS grade;
       CREATE TABLE graded_rows (plain grade, under graded, several grade[], other text, points point[])`,
    );
    const source = await postgres.open(server.options, testHost());
    const calm = new AbortController().signal;
    const labels = ["b", `a'"`, "重"];
    for (const relation of [
      { table: ["graded_rows"] },
      { query: "SELECT plain, under, several, other, points FROM graded_rows" },
    ]) {
      const { columns } = await source.describe(relation, calm);
      assert.deepEqual(
        columns.map((column) => column.labels),
        [labels, labels, labels, undefined, undefined],
      );
    }
    await source.close();
  },
);
