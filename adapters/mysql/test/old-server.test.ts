import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { QianzhiError } from "@qianzhi/sdk";
import { connectTo, type Link } from "../src/connect.ts";
import { mysql } from "../src/index.ts";
import { prepareSession } from "../src/session.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

const calm = new AbortController().signal;

/** A server that answers some statements as one of an older version does: it does not know them. */
const older = (link: Link, refused: readonly (readonly [RegExp, number])[]): Link => ({
  ...link,
  async run(statement) {
    const errno = refused.find(([pattern]) => pattern.test(statement.sql))?.[1];
    if (errno !== undefined) throw Object.assign(new Error("not known here"), { errno });
    return link.run(statement);
  },
});

const utf8mb4 = [/utf8mb4/, 1115] as const;
const statementTime = [/max_(statement|execution)_time/, 1193] as const;
const readOnly = [/TRANSACTION READ ONLY/, 1064] as const;
const fractions = [/NOW\(6\)/, 1064] as const;

describe("a session on an old server", { skip: noServer }, () => {
  let server: TestServer;
  before(async () => {
    server = await testServer("old");
  });
  after(() => server[Symbol.asyncDispose]());

  test("has what the server knows, whatever version it gives itself", async () => {
    const link = await connectTo(server.options, calm);
    const limits = { statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };
    const now = await prepareSession(link, "+08:00", limits);
    assert.deepEqual([now.readOnly, now.clockDigits], [true, 6]);
    await link.end();

    const second = await connectTo(server.options, calm);
    const old = older(second, [utf8mb4, statementTime, readOnly, fractions]);
    const then = await prepareSession(old, "+08:00", limits);
    assert.deepEqual([then.readOnly, then.clockDigits], [false, 0]);
    const { rows } = await second.run({
      sql: "SELECT CONCAT_WS(' ', @@character_set_client, @@time_zone, @@sql_mode, @@lock_wait_timeout)",
      params: [],
    });
    assert.match(String(rows[0]), /^utf8(mb3)? \+08:00 {2}1$/);
    const isolation = await second.run({
      sql: "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')",
      params: [],
    });
    assert.equal(isolation.rows[0]?.[1], "READ-COMMITTED");
    await second.end();
  });

  test("asks MySQL for plans as tables, whatever form its DBA has chosen", async () => {
    const link = await connectTo(server.options, calm);
    const sent: string[] = [];
    const limits = { statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };
    const recorded: Link = {
      ...link,
      async run(statement) {
        sent.push(statement.sql);
        const answer = await link.run(statement);
        return /^SHOW VARIABLES/.test(statement.sql)
          ? { ...answer, rows: [["version", "9.7.0"]] }
          : answer;
      },
    };
    const { mariadb } = await prepareSession(recorded, "+08:00", limits);
    assert.equal(mariadb, false);
    assert.ok(sent.includes("SET SESSION explain_format = 'TRADITIONAL'"));
    await link.end();
  });

  test("fails where it is refused for another reason", async () => {
    const link = await connectTo(server.options, calm);
    const full = older(link, [[/TRANSACTION READ ONLY/, 1041]]);
    const limits = { statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };
    await assert.rejects(prepareSession(full, "+08:00", limits), { errno: 1041 });
    await link.end();
  });

  test("pages by the other index where the DBA has set one aside", async (t) => {
    await server.admin
      .query(`CREATE TABLE aside (id INT PRIMARY KEY, at INT NOT NULL, INDEX by_at (at, id));
      INSERT INTO aside VALUES (1, 30), (2, 20), (3, 10)`);
    const setAside = (word: string) =>
      server.admin.query(`ALTER TABLE aside ALTER INDEX by_at ${word}`);
    // MariaDB and MySQL have a word of their own each.
    const unknown = await setAside("IGNORED")
      .catch(() => setAside("INVISIBLE"))
      .then(() => false)
      .catch(() => true);
    if (unknown) return t.skip("this server sets no index aside");
    const source = await mysql.open(server.options, testHost());
    const relation = { table: ["aside"] };
    const { indexes } = await source.describe(relation, calm);
    assert.deepEqual(
      indexes.map(({ name }) => name),
      ["PRIMARY"],
    );
    const columns = [{ name: "at" }, { name: "id" }];
    const page = await source.scan!({ relation, columns, order: ["at", "id"], pageRows: 9 }, calm);
    assert.deepEqual(page.rows, [
      [10, 3],
      [20, 2],
      [30, 1],
    ]);
    await source.close();
  });

  test("a way to log in that the driver does not know is named, with what to ask the DBA for", async (t) => {
    const user = `${server.account}_o`;
    const unknown = await server.admin
      .query(`CREATE USER '${user}'@'%' IDENTIFIED VIA mysql_old_password USING '0123456789abcdef'`)
      .then(() => false)
      .catch(() => true);
    if (unknown) return t.skip("only MariaDB takes an account of before MySQL 4.1");
    try {
      await assert.rejects(
        mysql.open({ ...server.options, user }, testHost()),
        (error: unknown) => {
          assert.ok(QianzhiError.is(error));
          assert.equal(error.code, "QZ_SOURCE_AUTH_METHOD");
          assert.match(error.hint, /MySQL and MariaDB: mysql_native_password/);
          return true;
        },
      );
    } finally {
      await server.admin.query(`DROP USER '${user}'@'%'`);
    }
  });
});
