import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import {
  QianzhiError,
  type RawRow,
  type Relation,
  type ScanRequest,
  type Source,
} from "@qianzhi/sdk";
import { mysql } from "../src/index.ts";
import { noServer, numbersTo, testServer, type TestServer } from "./server.ts";

const calm = new AbortController().signal;

describe("reading a server as it is found", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("reading");
  });
  after(() => server[Symbol.asyncDispose]());

  async function withSource(use: (source: Source) => Promise<void>): Promise<void> {
    const source = await mysql.open(server.options, testHost());
    try {
      await use(source);
    } finally {
      await source.close();
    }
  }

  async function pages(source: Source, request: ScanRequest): Promise<readonly RawRow[]> {
    const rows: RawRow[] = [];
    for (let from: ScanRequest["from"]; ;) {
      const page = await source.scan!(from === undefined ? request : { ...request, from }, calm);
      rows.push(...page.rows.slice(page.tied));
      assert.ok(rows.length < 100, "the read comes to its end");
      if (page.end) return rows;
      from = request.order.map((name) => {
        const value = page.rows.at(-1)![request.columns.findIndex((each) => each.name === name)]!;
        return value instanceof Uint8Array
          ? { base64: Buffer.from(value).toString("base64") }
          : value;
      });
    }
  }

  test("an ENUM read as bytes is paged in one order, though the server sorts it by number", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS e;
        CREATE TABLE e (k ENUM('z','a','m') CHARACTER SET latin1 NOT NULL PRIMARY KEY);
        INSERT INTO e VALUES ('z'), ('a'), ('m')`);
      const columns = [{ name: "k", bytes: true }];
      const rows = await pages(source, {
        relation: { table: ["e"] },
        columns,
        order: ["k"],
        pageRows: 2,
      });
      assert.deepEqual(rows.map(([k]) => String.fromCharCode(...(k as Uint8Array))).toSorted(), [
        "a",
        "m",
        "z",
      ]);
    }));

  test("pages of photographs end when they have their size, and each row comes once", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS photos;
        CREATE TABLE photos (id INT NOT NULL PRIMARY KEY, photo LONGBLOB);
        INSERT INTO photos SELECT seq, REPEAT(CHAR(64 + seq), 2000000) FROM ${numbersTo(15)}`);
      const request = {
        relation: { table: ["photos"] },
        columns: [{ name: "id" }, { name: "photo" }],
        order: ["id"],
        pageRows: 5_000,
      };
      const first = await source.scan!(request, calm);
      assert.deepEqual([first.rows.length, first.end], [3, false]);
      const rows = await pages(source, request);
      assert.deepEqual(
        rows.map(([id, photo]) => [id, (photo as Uint8Array)[1_999_999]]),
        Array.from({ length: 15 }, (_, at) => [at + 1, 65 + at]),
      );
    }));

  test("a document that SELECT * does not show is a document", async (t) => {
    const unknown = await server.admin
      .query(`CREATE TABLE unseen (id INT PRIMARY KEY, document JSON INVISIBLE);
        INSERT INTO unseen (id, document) VALUES (1, '{"a": 1}')`)
      .then(() => false)
      .catch(() => true);
    if (unknown) return t.skip("this server has no invisible columns, or no documents");
    await withSource(async (source) => {
      const { columns } = await source.describe({ table: ["unseen"] }, calm);
      assert.deepEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ["id", "integer"],
          ["document", "json"],
        ],
      );
    });
  });

  test("a sequence is no table to be read", async (t) => {
    const unknown = await server.admin
      .query("CREATE SEQUENCE counted")
      .then(() => false)
      .catch(() => true);
    if (unknown) return t.skip("this server has no sequences");
    await withSource(async (source) => {
      const names = (await source.discover!(calm)).map(({ name }) => name.join());
      assert.ok(!names.includes("counted"), names.join(" "));
    });
  });

  test("a table is as large as it is now, not as when its rows were counted", async () => {
    await server.admin.query("CREATE TABLE grown (id INT PRIMARY KEY); ANALYZE TABLE grown");
    await server.admin.query(`INSERT INTO grown SELECT seq FROM ${numbersTo(1_000)}`);
    await withSource(async (source) => {
      const { estimatedRows = 0 } = await source.describe({ table: ["grown"] }, calm);
      assert.ok(estimatedRows > 500, String(estimatedRows));
    });
  });

  test("a server without room is asked again later, and told from a wrong statement", () =>
    withSource(async (source) => {
      for (const errno of [1021, 1114, 1038]) {
        await server.admin.query(`DROP FUNCTION IF EXISTS fills_up;
          CREATE FUNCTION fills_up() RETURNS INT BEGIN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${errno}, MESSAGE_TEXT = 'no room'; RETURN 1; END`);
        await assert.rejects(
          source.scan!(
            {
              relation: { query: "SELECT fills_up() AS id" },
              columns: [{ name: "id" }],
              order: [],
              pageRows: 2,
            },
            calm,
          ),
          { code: "QZ_SOURCE_FULL", recovery: "retry", message: /no room left/ },
        );
      }
    }));

  test("a zero date is not taken for NULL where the column can hold none", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS z;
        CREATE TABLE z (id INT NOT NULL PRIMARY KEY, d DATE NOT NULL); INSERT INTO z VALUES (1, 0)`);
      const page = await source.scan!(
        {
          relation: { table: ["z"] },
          columns: [{ name: "id" }],
          order: [],
          nulls: ["d", "id"],
          pageRows: 9,
        },
        calm,
      );
      assert.deepEqual([page.rows, page.end], [[], true]);
    }));

  test("a text that the server does not know in Unicode is the stored bytes, in a query as well", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS g;
        CREATE TABLE g (id INT NOT NULL PRIMARY KEY, n VARCHAR(9) CHARACTER SET gbk);
        INSERT INTO g VALUES (1, '张'), (2, _gbk x'D5C5FE50'), (3, '张?')`);
      const relations: Relation[] = [{ table: ["g"] }, { query: "SELECT id, n FROM g" }];
      for (const relation of relations) {
        const columns = [{ name: "id" }, { name: "n" }];
        assert.deepEqual(
          await pages(source, { relation, columns, order: ["n", "id"], pageRows: 2 }),
          [
            [1, "张"],
            [3, "张?"],
            [2, "\udcd5\udcc5\udcfe\udc50"],
          ],
        );
      }
    }));

  test("an index over beginnings or words of texts is not told, since it orders nothing", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS x; CREATE TABLE x (
        id INT PRIMARY KEY, a VARCHAR(50), b TEXT, UNIQUE part (a(5)), KEY whole (a, id), FULLTEXT words (b))`);
      const { indexes } = await source.describe({ table: ["x"] }, calm);
      assert.deepEqual(indexes.map(({ name }) => name).toSorted(), ["PRIMARY", "whole"]);
    }));

  test("the greatest value of a column is told in its raw form", () =>
    withSource(async (source) => {
      await server.admin.query(`DROP TABLE IF EXISTS m;
        CREATE TABLE m (id BIGINT UNSIGNED PRIMARY KEY, d DATETIME(3), b BINARY(2));
        INSERT INTO m VALUES (7, NULL, NULL), (18446744073709551615, '2040-01-01', x'FF00')`);
      const maximum = (name: string) => source.maximum!({ table: ["m"] }, name, calm);
      assert.equal(await maximum("id"), "18446744073709551615");
      assert.equal(await maximum("d"), "2040-01-01 00:00:00.000");
      assert.deepEqual(await maximum("b"), { base64: "/wA=" });
      await server.admin.query("DELETE FROM m");
      assert.equal(await maximum("id"), null);
    }));

  test("a table or column that is kept from the account is denied, with the grant for it alone", async () => {
    const { admin, account, options } = server;
    const limited = `${account}_l`;
    await server.createAccount(limited);
    await admin.query(`DROP TABLE IF EXISTS kept; CREATE TABLE kept (id INT PRIMARY KEY, n INT);
      DROP TABLE IF EXISTS partly; CREATE TABLE partly (id INT PRIMARY KEY, n INT);
      GRANT SELECT (id) ON partly TO ${limited}@'%'`);
    const source = await mysql.open({ ...options, user: limited }, testHost());
    const grantOf = async (work: Promise<unknown>) => {
      const error: unknown = await work.catch((thrown: unknown) => thrown);
      assert.ok(QianzhiError.is(error) && error.code === "QZ_SOURCE_DENIED", String(error));
      return String(error.details["grant"]).replace(`\`${options.database}\``, "db");
    };
    try {
      assert.equal(
        await grantOf(source.describe({ table: ["kept"] }, calm)),
        `GRANT SELECT ON db.\`kept\` TO '${limited}'@'%';`,
      );
      assert.equal(
        await grantOf(source.describe({ query: "SELECT id FROM partly WHERE n > 0" }, calm)),
        `GRANT SELECT (\`n\`) ON db.\`partly\` TO '${limited}'@'%';`,
      );
    } finally {
      await source.close();
      await admin.query(`DROP USER ${limited}@'%'`);
    }
  });

  test("a table whose columns are kept from the account is denied, not a table without columns", async () => {
    const { admin, options, account } = server;
    await server.createAccount(`${account}_v`);
    await admin.query(`CREATE TABLE hidden (id INT PRIMARY KEY);
      CREATE TABLE lost (id INT); CREATE VIEW over_lost AS SELECT id FROM lost; DROP TABLE lost;
      GRANT SHOW VIEW ON ${options.database}.* TO ${account}_v@'%'`);
    const source = await mysql.open({ ...options, user: `${account}_v` }, testHost());
    try {
      await assert.rejects(source.describe({ table: ["hidden"] }, calm), {
        code: "QZ_SOURCE_DENIED",
      });
    } finally {
      await source.close();
      await admin.query(`DROP USER ${account}_v@'%'`);
    }
    await withSource(async (other) => {
      await assert.rejects(other.describe({ table: ["over_lost"] }, calm), {
        code: "QZ_QUERY_FAILED",
      });
    });
  });

  test("what init_connect sets neither cuts answers, nor leaves a transaction open, nor ends a session that rests", async () => {
    const { admin } = server;
    await admin.query(`DROP TABLE IF EXISTS i; CREATE TABLE i (a INT PRIMARY KEY, b INT, c INT)`);
    await admin.query(
      "SET GLOBAL init_connect = 'SET autocommit = 0, sql_select_limit = 1, sql_big_selects = 0, max_join_size = 2, wait_timeout = 1'",
    );
    try {
      await withSource(async (source) => {
        const { columns } = await source.describe({ table: ["i"] }, calm);
        assert.deepEqual(
          columns.map(({ name }) => name),
          ["a", "b", "c"],
        );
        const settings = {
          query:
            "SELECT 1 AS id, @@autocommit AS a, @@sql_big_selects AS s, @@wait_timeout > 3600 AS w",
        };
        const request = { relation: settings, order: ["id"], pageRows: 9 };
        const { rows } = await source.scan!(
          { ...request, columns: ["id", "a", "s", "w"].map((name) => ({ name })) },
          calm,
        );
        assert.deepEqual(rows, [[1, 1, 1, 1]]);
      });
    } finally {
      await admin.query("SET GLOBAL init_connect = ''");
    }
  });
});
