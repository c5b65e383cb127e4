import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import type { ScanRequest, Source } from "@qianzhi/sdk";
import { postgres } from "../src/index.ts";
import { noServer, testServer, type TestServer } from "./server.ts";

/** 重庆 and 张 in GBK, as an application wrote them into a database that looks at no bytes. */
const chongqing = "d6d8c7ec";
const zhang = "d5c5";

describe("a database in SQL_ASCII", { skip: noServer }, () => {
  let server: TestServer;
  let source: Source;
  const signal = new AbortController().signal;
  const request: ScanRequest = {
    relation: { table: ["person"] },
    columns: [{ name: "name" }],
    order: ["name"],
    pageRows: 1,
  };
  before(async () => {
    server = await testServer("ascii", "SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C");
    await server.admin(
      `CREATE TABLE person (name text PRIMARY KEY); INSERT INTO person VALUES ('A'), ('${"重庆"}'),
         (convert_from('\\x${chongqing}', 'SQL_ASCII')), (convert_from('\\x${zhang}', 'SQL_ASCII'))`,
    );
    source = await postgres.open(server.options, testHost());
  });
  after(async () => {
    await source.close();
    await server[Symbol.asyncDispose]();
  });

  const pages = async (bytes: boolean) => {
    const found: unknown[] = [];
    let from: ScanRequest["from"];
    for (;;) {
      const page = await source.scan!(
        {
          ...request,
          columns: [{ name: "name", bytes }],
          pageRows: 2,
          ...(from === undefined ? {} : { from }),
        },
        signal,
      );
      const values = page.rows.slice(page.tied).map(([value]) => value);
      found.push(...values);
      const last = page.rows.at(-1)?.[0];
      if (page.end || last === undefined || last === null) return found;
      from = [last instanceof Uint8Array ? { base64: Buffer.from(last).toString("base64") } : last];
    }
  };

  test("the stored bytes arrive where they are asked for, and order the pages", async () => {
    assert.deepEqual(
      (await pages(true)).map((value) => Buffer.from(value as Uint8Array).toString("hex")),
      ["41", zhang, chongqing, Buffer.from("重庆").toString("hex")],
    );
  });

  test("as a text, what is no UTF-8 stays the bytes that it is, and its row is found again", async () => {
    const found = await pages(false);
    assert.equal(found.length, 4);
    assert.deepEqual([found[0], found[3]], ["A", "重庆"]);
    assert.doesNotMatch(found.join(""), /\ufffd/);
  });
});
