import assert from "node:assert/strict";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { QianzhiError, type ScanRequest } from "@qianzhi/sdk";
import { mssql } from "../src/index.ts";
import { hostFor, openScripted, optionsFor, table, type OptionsFor } from "./scripted-source.ts";
import { answerCatalog, type CatalogTable } from "./scripted-table.ts";
import type { Asked } from "./tds/requests.ts";
import { startScriptedServer, type Answer } from "./tds/scripted-server.ts";
import { kinds } from "./tds/tokens.ts";

const person: CatalogTable = { columns: [{ name: "id", type: "int" }], key: ["id"] };
const request: ScanRequest = {
  relation: { table: ["person"] },
  columns: [{ name: "id" }],
  order: ["id"],
  pageRows: 10,
};
const rows = (...ids: readonly number[]): Answer =>
  table(
    [["id", kinds.int]],
    ids.map((id) => [id]),
  );
const isPage = ({ sql }: Asked) => sql.includes("[person]") && sql.includes("TOP");
const calm = () => new AbortController().signal;

/** A source over a table `person`, whose pages are answered by `page`. */
const openPerson = (page: (asked: Asked) => Answer, options?: OptionsFor) =>
  openScripted(
    {
      answer: (asked) => answerCatalog(person, asked) ?? (isPage(asked) ? page(asked) : undefined),
    },
    options,
  );

const isCode = (code: string) => (error: unknown) => {
  assert.ok(QianzhiError.is(error), String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !holds(); attempt++) await sleep(5);
  assert.ok(holds(), "what was waited for did not happen");
}

describe("a statement", () => {
  test("carries its values as parameters, each of a type that loses nothing", async () => {
    await using scripted = await openPerson(() => rows(7, 8));
    const page = await scripted.source.scan!({ ...request, from: [7] }, calm());
    assert.deepEqual(page, { rows: [[7], [8]], tied: 1, end: true });
    const asked = scripted.server.asked.find(isPage);
    assert.equal(
      asked?.sql,
      "SELECT TOP (11) [id] FROM [person] WHERE [id] >= CONVERT(bigint, @p1) ORDER BY [id]",
    );
    assert.deepEqual([asked.declared, asked.params], ["@p1 nvarchar(1)", { p1: "7" }]);
  });

  test("of more values than a call can take carries the rest as literals", async () => {
    await using scripted = await openPerson(() => rows());
    const values = Array.from({ length: 2_300 }, (_, at) => [at]);
    await scripted.source.scan!({ ...request, keys: { columns: ["id"], values } }, calm());
    const asked = scripted.server.asked.find(isPage);
    assert.equal(Object.keys(asked!.params).length, 2_000);
    assert.match(
      asked!.sql,
      /@p2000\), CONVERT\(bigint, N'2000'\), .*CONVERT\(bigint, N'2299'\)\)/,
    );
  });

  test("that is cancelled is stopped at the server by an attention, and the next one works", async () => {
    let answers = 0;
    await using scripted = await openPerson(() => (answers++ === 0 ? "never" : rows(1)));
    const stop = new AbortController();
    const rejected = assert.rejects(
      scripted.source.scan!(request, stop.signal),
      isCode("QZ_CANCELLED"),
    );
    await until(() => scripted.server.asked.some(isPage));
    stop.abort();
    await rejected;
    assert.deepEqual((await scripted.source.scan!(request, calm())).rows, [[1]]);
    assert.equal(scripted.server.attentions, 1);
  });

  test("that runs longer than the limit is stopped at the server", async () => {
    await using scripted = await openPerson(
      () => "never",
      () => ({ statementTimeoutMs: 100 }),
    );
    await assert.rejects(scripted.source.scan!(request, calm()), isCode("QZ_SOURCE_TIMEOUT"));
    assert.equal(scripted.server.attentions, 1);
  });

  test("whose connection ends is lost, and so is each that follows", async () => {
    await using scripted = await openPerson(() => "cut");
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(scripted.source.scan!(request, calm()), isCode("QZ_SOURCE_LOST"));
  });

  test("after the server has ended the idle connection is lost, without an error of nobody", async () => {
    await using scripted = await openPerson(() => rows(1));
    await scripted.source.scan!(request, calm());
    scripted.server.cut();
    await until(() => scripted.server.connections === 0);
    await assert.rejects(scripted.source.scan!(request, calm()), isCode("QZ_SOURCE_LOST"));
  });

  test("of a closed source is refused, and closing twice leaves no connection", async () => {
    await using scripted = await openPerson(() => rows(1));
    await Promise.all([scripted.source.close(), scripted.source.close()]);
    await until(() => scripted.server.connections === 0);
    await assert.rejects(scripted.source.scan!(request, calm()), isCode("QZ_SOURCE_LOST"));
  });
});

describe("opening", () => {
  test("gives up when the agent stops, at any of its steps", async () => {
    for (const step of ["before", "login", "session"] as const) {
      const stop = new AbortController();
      await using server = await startScriptedServer({
        answer: () => (step === "session" ? "never" : undefined),
        login() {
          if (step === "login") stop.abort();
          return [];
        },
      });
      if (step === "before") stop.abort();
      const opening = mssql.open(optionsFor(server), hostFor(stop.signal));
      if (step === "session") void until(() => server.asked.length > 0).then(() => stop.abort());
      await assert.rejects(opening, isCode("QZ_CANCELLED"), step);
      await until(() => server.connections === 0);
    }
  });

  test("an address where nobody listens is unreachable", async () => {
    await using server = await startScriptedServer();
    const options = { ...optionsFor(server), port: 1 };
    await assert.rejects(mssql.open(options, hostFor()), isCode("QZ_SOURCE_UNREACHABLE"));
  });

  test("a server that never answers is unreachable, and the connection is not kept", async () => {
    await using server = await startScriptedServer({ answer: () => "never" });
    const options = { ...optionsFor(server), connectTimeoutMs: 300 };
    await assert.rejects(mssql.open(options, hostFor()), isCode("QZ_SOURCE_UNREACHABLE"));
    await until(() => server.connections === 0);
  });

  test("a named instance is found through the browser service, another name is not", async () => {
    await using server = await startScriptedServer({ encryption: "notSupported" });
    const browser = createSocket("udp4");
    browser.on("message", (_, { port, address }) => {
      const text = `ServerName;SQL1;InstanceName;HR;IsClustered;No;Version;9.00.5000.00;tcp;${server.port};;`;
      const header = Buffer.from([5, text.length & 0xff, text.length >> 8]);
      browser.send(Buffer.concat([header, Buffer.from(text)]), port, address);
    });
    // An address of the loopback network that nothing else uses: the service's port is fixed.
    browser.bind(1434, "127.0.0.1");
    await once(browser, "listening");
    try {
      const { port: _, ...rest } = optionsFor(server);
      const options = { ...rest, host: "127.0.0.1", tls: false, connectTimeoutMs: 2_000 };
      const source = await mssql.open({ ...options, instance: "hr" }, hostFor());
      await source.close();
      await assert.rejects(
        mssql.open({ ...options, instance: "other" }, hostFor()),
        isCode("QZ_SOURCE_UNREACHABLE"),
      );
    } finally {
      browser.close();
    }
  });
});
