import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { contained } from "../src/contained.ts";
import { openScripted } from "./scripted-source.ts";
import { answerCatalog } from "./scripted-table.ts";

describe("what the configuration adds to a statement", () => {
  for (const sql of [
    "a = 1 AND (b = 2 OR c = 3)",
    "name = N'it''s ) all right;' -- a remark )",
    '[odd]]name)] = 1 /* one ) /* and another ) */ here ) */ OR "x)" = 2',
    "SELECT id FROM dbo.person WHERE a = 1;\n ",
  ])
    test(`may be: ${sql.trim()}`, () => assert.ok(contained(sql)));

  for (const sql of [
    "1 = 1) DELETE FROM person --",
    "SELECT 1 AS n) AS q; DELETE FROM person; --",
    "a = 1; DELETE FROM person",
    "a = ')",
    "(a = 1",
    "a = 1 /* not closed",
    "[a = 1",
    "a = 1 /* /* */ ) DELETE FROM person",
  ])
    test(`may not be: ${sql}`, () => assert.ok(!contained(sql)));

  test("is refused before it is sent", async () => {
    const person = { columns: [{ name: "id", type: "int" }], key: ["id"] };
    await using scripted = await openScripted({ answer: (asked) => answerCatalog(person, asked) });
    const request = {
      relation: { table: ["person"] },
      columns: [{ name: "id" }],
      order: ["id"],
      pageRows: 1,
    };
    const escape = "1 = 1) DELETE FROM person --";
    const calm = new AbortController().signal;
    const refused = (error: unknown) => QianzhiError.is(error) && error.code === "QZ_QUERY_FAILED";
    for (const part of [{ where: escape }, { deletedWhen: escape }, { keptWhen: escape }])
      await assert.rejects(scripted.source.scan!({ ...request, ...part }, calm), refused);
    await assert.rejects(
      scripted.source.describe({ query: `SELECT 1 AS n WHERE ${escape}` }, calm),
      refused,
    );
    assert.ok(!scripted.server.asked.some(({ sql }) => sql.includes("DELETE")));
  });
});
