import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openScripted, table } from "./scripted-source.ts";
import { answerCatalog } from "./scripted-table.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { kinds } from "./tds/tokens.ts";

const ROWS = 2_500;
const person = { columns: [{ name: "id", type: "int" }], key: ["id"] };
const relation = { table: ["person"] };
const ids = Array.from({ length: ROWS }, (_, id) => [id]);
const columns = [{ name: "id" }];
const calm = (): AbortSignal => new AbortController().signal;

/** A server that has the table, and answers its listing so. */
const listed = (answer: Answer) =>
  openScripted({
    answer: (asked) =>
      answerCatalog(person, asked) ??
      (/^SELECT (?!TOP).* FROM .*person/s.test(asked.sql) ? answer : undefined),
  });
const rows = table([["id", kinds.int]], ids);

describe("a listing over a scripted server", () => {
  test("comes whole, in one statement and in pages of a thousand rows", async () => {
    await using scripted = await listed(rows);
    const pages: number[] = [];
    for await (const page of scripted.source.list!(relation, columns, calm()))
      pages.push(page.rows.length);
    assert.deepEqual(pages, [1_000, 1_000, 500]);
    assert.equal(
      scripted.server.asked.filter(({ sql }) => sql.includes("FROM [person]")).length,
      1,
    );
  });

  test("that nobody reads to its end is stopped, and the next one comes whole", async () => {
    await using scripted = await listed(rows);
    for await (const page of scripted.source.list!(relation, columns, calm())) {
      assert.equal(page.rows.length, 1_000);
      break;
    }
    assert.equal(scripted.server.attentions, 1);
    let count = 0;
    for await (const page of scripted.source.list!(relation, columns, calm()))
      count += page.rows.length;
    assert.equal(count, ROWS);
  });

  test("that the server ends with an error says so after its rows, and never looks complete", async () => {
    await using scripted = await listed("cut");
    await assert.rejects(
      async () => {
        for await (const page of scripted.source.list!(relation, columns, calm()))
          assert.ok(page.rows.length > 0);
      },
      { code: "QZ_SOURCE_LOST" },
    );
  });
});
