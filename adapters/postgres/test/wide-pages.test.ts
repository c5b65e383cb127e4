import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { postgres } from "../src/index.ts";
import { noServer, testServer } from "./server.ts";

const calm = new AbortController().signal;

test(
  "pages of photographs end when they have their size, each row comes once, and the connection is free again",
  { skip: noServer },
  async () => {
    await using server = await testServer("wide");
    await server.admin(
      `CREATE TABLE photos (id int PRIMARY KEY, photo bytea);
       INSERT INTO photos SELECT i, convert_to(repeat(chr(64 + i), 2000000), 'UTF8') FROM generate_series(1, 15) AS i;
       GRANT SELECT ON photos TO ${server.account}`,
    );
    const source = await postgres.open(server.options, testHost());
    const request = {
      relation: { table: ["photos"] },
      columns: [{ name: "id" }, { name: "photo" }],
      order: ["id"],
      pageRows: 5_000,
    };
    const seen = new Map<unknown, number | undefined>();
    for (let from: readonly number[] | undefined, end = false; !end;) {
      const page = await source.scan!({ ...request, ...(from && { from }) }, calm);
      assert.ok(page.rows.length <= 4, `${page.rows.length} rows in a page`);
      for (const [id, photo] of page.rows) seen.set(id, (photo as Uint8Array)[1_999_999]);
      from = [Number(page.rows.at(-1)?.[0])];
      end = page.end;
    }
    assert.deepEqual(
      [...seen],
      Array.from({ length: 15 }, (_, at) => [at + 1, 65 + at]),
    );
    await source.close();
  },
);

test(
  "pages of plain texts grow with short ones and shrink with long ones, and each row comes once",
  { skip: noServer },
  async () => {
    await using server = await testServer("long");
    await server.admin(
      `CREATE TABLE notes (id int PRIMARY KEY, note text);
       INSERT INTO notes SELECT i, repeat('字', CASE WHEN i BETWEEN 2001 AND 4000 THEN 8000 ELSE 3 END) FROM generate_series(1, 5000) AS i;
       GRANT SELECT ON notes TO ${server.account}`,
    );
    const source = await postgres.open(server.options, testHost());
    const request = {
      relation: { table: ["notes"] },
      columns: [{ name: "id" }, { name: "note" }],
      order: ["id"],
      pageRows: 1_000,
    };
    const read = async () => {
      const seen: unknown[] = [];
      const sizes: number[] = [];
      for (let from: readonly number[] | undefined, end = false; !end;) {
        const page = await source.scan!({ ...request, ...(from && { from }) }, calm);
        seen.push(...page.rows.slice(page.tied).map(([id]) => id));
        sizes.push(page.rows.reduce((sum, [, note]) => sum + String(note).length, 0));
        from = [Number(page.rows.at(-1)?.[0])];
        end = page.end;
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 5_000 }, (_, at) => at + 1),
      );
      const large = sizes.filter((size) => size > 5_000_000).length;
      assert.ok(
        large <= 1,
        `${large} pages are large: the one where long texts begin alone may be`,
      );
      assert.ok(sizes.length < 60, `${sizes.length} pages`);
      return sizes;
    };
    await read();
    // What the end of the table was like says nothing of its beginning.
    await server.admin("UPDATE notes SET note = repeat('字', 8000) WHERE id <= 1000");
    assert.ok((await read())[0]! < 2_000_000);
    await source.close();
  },
);
