import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { QianzhiError, type RawRow, type ScanRequest, type Source } from "@qianzhi/sdk";
import { sqlite } from "../src/index.ts";
import { openForTest } from "./open-for-test.ts";

const calm = new AbortController().signal;

describe("reading a file as it is found", () => {
  async function withFile(sql: string, use: (source: Source) => Promise<void>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
    try {
      const path = join(directory, "legacy.db");
      const writer = openForTest(path);
      writer.exec(sql);
      writer.close();
      const source = await sqlite.open({ path }, testHost());
      await use(source);
      await source.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** The same table in two files, by the same statements: today's and tomorrow's export. */
  function twoFiles(directory: string): readonly [string, string] {
    const write = (value: string): string => {
      const path = join(directory, `${value}.db`);
      const writer = openForTest(path);
      writer.exec(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, '${value}')`,
      );
      writer.close();
      return path;
    };
    return [write("old"), write("new")];
  }

  async function pages(source: Source, table: string): Promise<readonly RawRow[]> {
    const request: ScanRequest = {
      relation: { table: [table] },
      columns: [{ name: "id" }, { name: "v" }],
      order: ["v", "id"],
      pageRows: 2,
    };
    const rows: RawRow[] = [];
    for (let from: ScanRequest["from"]; ;) {
      const page = await source.scan!(from === undefined ? request : { ...request, from }, calm);
      rows.push(...page.rows.slice(page.tied));
      assert.ok(rows.length < 500, "the read comes to its end");
      if (page.end) return rows;
      const [id, v] = page.rows.at(-1) as [number, string];
      from = [v, id];
    }
  }

  test("a file that another was moved over, or that is gone, is a lost source, not read for ever", async () => {
    const directory = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
    try {
      const [path, next] = twoFiles(directory);
      const source = await sqlite.open({ path }, testHost());
      assert.deepEqual(await pages(source, "t"), [[1, "old"]]);
      const { identity } = await source.probe(calm);
      const isLost = { code: "QZ_SOURCE_LOST" };
      for (const change of [() => renameSync(next, path), () => rmSync(path)]) {
        change();
        await assert.rejects(source.probe(calm), isLost);
        await assert.rejects(source.describe({ table: ["t"] }, calm), isLost);
        await assert.rejects(pages(source, "t"), isLost);
        if (existsSync(path)) {
          const again = await sqlite.open({ path }, testHost());
          assert.deepEqual(await pages(again, "t"), [[1, "new"]]);
          assert.notEqual((await again.probe(calm)).identity, identity);
          await again.close();
        }
      }
      await source.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("a file that another was copied over is read as it is now, though it counts as many changes", async () => {
    const directory = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
    try {
      const [path, next] = twoFiles(directory);
      const source = await sqlite.open({ path }, testHost());
      assert.deepEqual(await pages(source, "t"), [[1, "old"]]);
      copyFileSync(next, path);
      assert.deepEqual(await pages(source, "t"), [[1, "new"]]);
      await source.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("pages of photographs end when they have their size, and each row comes once", () =>
    withFile(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, photo BLOB);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 15)
       INSERT INTO t SELECT i, i, zeroblob(2000000) FROM n`,
      async (source) => {
        const request = {
          relation: { table: ["t"] },
          columns: ["id", "photo"].map((name) => ({ name })),
          order: ["id"],
          pageRows: 5_000,
        };
        const page = await source.scan!(request, calm);
        assert.deepEqual([page.rows.length, page.end], [3, false]);
        const rest = await source.scan!({ ...request, from: [3] }, calm);
        assert.deepEqual(
          rest.rows.map(([id]) => id),
          [3, 4, 5],
        );
        assert.equal(rest.end, false);
      },
    ));

  test("numbers among the texts of an undeclared column are paged through with them", () => {
    const rows = Array.from({ length: 120 }, (_, id) => `(${id}, ${id < 110 ? `'z${id}'` : id})`);
    const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES ${rows.join(", ")}`;
    return withFile(sql, async (source) => {
      const ids = (await pages(source, "t")).map(([id]) => id);
      assert.deepEqual([ids.length, new Set(ids).size], [120, 120]);
    });
  });

  test("half a character in a UTF-16 file is the stored bytes", () =>
    withFile(
      `PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
       INSERT INTO t VALUES (1, '重庆'), (2, CAST(x'00D8' AS TEXT)), (3, 'a' || char(0) || 'b'), (4, '😀')`,
      async (source) => {
        assert.deepEqual(
          (await pages(source, "t")).toSorted(([one], [other]) => Number(one) - Number(other)),
          [
            [1, "重庆"],
            [2, "\udc00\udcd8"],
            [3, "a\0b"],
            [4, "😀"],
          ],
        );
      },
    ));

  test("the greatest value of a column is told in its raw form", () =>
    withFile(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (9007199254740993, NULL), (1, 'b')",
      async (source) => {
        assert.equal(await source.maximum!({ table: ["t"] }, "id", calm), "9007199254740993");
        assert.equal(await source.maximum!({ table: ["t"] }, "v", calm), "b");
      },
    ));

  test("a folder is no database, and nobody waits for it to become one", () =>
    assert.rejects(
      sqlite.open({ path: tmpdir() }, testHost()),
      (error) => QianzhiError.is(error) && error.code === "QZ_DATABASE_NOT_FOUND",
    ));

  test("a table of another schema is missing under its own name", () =>
    withFile("CREATE TABLE t (id INTEGER PRIMARY KEY)", (source) =>
      assert.rejects(
        source.describe({ table: ["other", "t"] }, calm),
        (error) =>
          QianzhiError.is(error) &&
          error.code === "QZ_TABLE_NOT_FOUND" &&
          error.message.includes("other.t"),
      ),
    ));
});
