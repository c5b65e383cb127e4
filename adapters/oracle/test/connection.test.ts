import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { oracleOver } from "../src/adapter.ts";
import { oracle } from "../src/index.ts";
import { addressOf, connectStringOf } from "../src/options.ts";
import {
  calm,
  columns,
  field,
  hostFor,
  openScripted,
  options,
  oracleError,
  scriptedDriver,
  type Script,
} from "./scripted-driver.ts";

const tooOld = oracleError(
  "NJS-138",
  "connections to this database server version are not supported",
);

describe("the real driver, with no server", () => {
  test("says that nobody listens at the address", async () => {
    const closed = await closedPort();
    await assert.rejects(
      oracle.open({ ...options, host: "127.0.0.1", port: closed }, hostFor()),
      (error: unknown) => {
        assert.ok(QianzhiError.is(error));
        assert.equal(error.code, "QZ_SOURCE_UNREACHABLE");
        assert.equal(error.details["address"], `127.0.0.1:${closed}/hr`);
        return true;
      },
    );
  });

  test("says that an alias is not in tnsnames.ora", async () => {
    await assert.rejects(
      oracle.open(
        { connectString: "NO_SUCH_ALIAS", configDir: "/nowhere", user: "reader" },
        hostFor(),
      ),
      { code: "QZ_DATABASE_NOT_FOUND" },
    );
  });

  test("gives up on a listener that does not answer", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as AddressInfo;
    const stop = new AbortController();
    const opening = oracle.open(
      { ...options, host: "127.0.0.1", port, connectTimeoutMs: 2_000 },
      hostFor(stop.signal),
    );
    setImmediate(() => stop.abort());
    await assert.rejects(opening, { code: "QZ_CANCELLED" });
    silent.close();
  });

  test("names the client that is needed and not there", async () => {
    await assert.rejects(
      oracle.open({ ...options, clientDir: "/nowhere" }, hostFor()),
      (error: unknown) => {
        assert.ok(QianzhiError.is(error));
        assert.equal(error.code, "QZ_ORACLE_CLIENT");
        assert.match(String(error.details["problem"]), /^DPI-1047: Cannot locate/);
        return true;
      },
    );
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a client library", () => {
  const refusedOnce = (error: Error): Script => ({
    connect: (attempt) => (attempt === 1 ? error : undefined),
  });

  test("is not asked for by servers that need none", async () => {
    const { calls, configs } = await openScripted();
    assert.deepEqual(calls, ["connect"]);
    assert.equal(configs[0]!["user"], "reader");
  });

  for (const code of ["NJS-138", "NJS-116", "NJS-533"])
    test(`is used when the driver alone cannot connect (${code})`, async () => {
      const { calls } = await openScripted(refusedOnce(oracleError(code)));
      assert.deepEqual(calls, ["connect", "client", "connect"]);
    });

  test("is used from the start where the configuration names it", async () => {
    const { calls, clients } = await openScripted(
      {},
      { clientDir: "/opt/client", configDir: "/etc/tns" },
    );
    assert.deepEqual(calls, ["client", "connect"]);
    assert.deepEqual(clients, [{ libDir: "/opt/client", configDir: "/etc/tns" }]);
  });

  test("that is missing is named with the reason for it", async () => {
    const script = {
      connect: () => tooOld,
      client: oracleError("DPI-1047", "Cannot locate a 64-bit client"),
    };
    const { driver } = scriptedDriver(script);
    await assert.rejects(
      oracleOver(async () => driver).open(options, hostFor()),
      (error: unknown) => {
        assert.ok(QianzhiError.is(error));
        assert.equal(error.code, "QZ_ORACLE_CLIENT");
        assert.match(String(error.details["problem"]), /^NJS-138: .+; DPI-1047: Cannot locate/);
        return true;
      },
    );
  });

  test("serves every later source of the process", async () => {
    const { driver, calls } = scriptedDriver();
    const adapter = oracleOver(async () => driver);
    await adapter.open({ ...options, clientDir: "/opt/client" }, hostFor());
    await adapter.open({ ...options, clientDir: "/opt/client" }, hostFor());
    assert.deepEqual(calls, ["client", "connect", "connect"]);
  });
});

describe("an address", () => {
  test("is a descriptor of service or SID, encrypted where asked", () => {
    assert.equal(
      connectStringOf({ ...options, connectTimeoutMs: 2_500 }),
      "(DESCRIPTION=(CONNECT_TIMEOUT=3)(TRANSPORT_CONNECT_TIMEOUT=3)(ADDRESS=(PROTOCOL=TCP)(HOST=10.1.2.3)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=hr)))",
    );
    assert.match(
      connectStringOf({ host: "db", port: 2484, sid: "ORCL", user: "reader", tls: true }),
      /\(PROTOCOL=TCPS\)\(HOST=db\)\(PORT=2484\)\)\(CONNECT_DATA=\(SID=ORCL\)\)\)$/,
    );
    assert.equal(addressOf({ host: "db", sid: "ORCL", user: "reader" }), "db:1521:ORCL");
  });

  test("is handed over as it stands where it is an alias or a descriptor", () => {
    assert.equal(connectStringOf({ connectString: "HRPROD", user: "reader" }), "HRPROD");
  });
});

describe("a session", () => {
  test("is set to compare bytes, to fixed formats and to the source's offset", async () => {
    const { asked, connections } = await openScripted(
      {},
      { schema: "hr old", statementTimeoutMs: 5_000 },
    );
    const settings = asked[0]!.sql;
    for (const setting of ["NLS_SORT = 'BINARY'", "NLS_COMP = 'BINARY'", "TIME_ZONE = '+08:00'"])
      assert.ok(settings.includes(setting), setting);
    assert.equal(asked[2]!.sql, 'ALTER SESSION SET CURRENT_SCHEMA = "hr old"');
    assert.equal(connections[0]!.callTimeout, 5_000);
    assert.equal(connections[0]!.module, "qianzhi");
  });

  test("refuses to write where the server can, and goes on where it cannot", async () => {
    const readOnly = async (version: string, answer?: Script["answer"]) => {
      const { source } = await openScripted({
        version,
        ...(answer === undefined ? {} : { answer }),
      });
      return (await source.probe(calm())).readOnly;
    };
    assert.equal(await readOnly("23.6.0.24.10"), true);
    assert.equal(await readOnly("19.24.0.0.0"), false);
    const unknown = ({ sql }: { sql: string }) =>
      sql.includes("READ_ONLY") ? oracleError("ORA-02248", "invalid option") : undefined;
    assert.equal(await readOnly("23.1.0.0.0", unknown), false);
  });

  test("is closed when it cannot be prepared", async () => {
    const { driver, calls } = scriptedDriver({
      answer: () => oracleError("ORA-01034", "not available"),
    });
    await assert.rejects(oracleOver(async () => driver).open(options, hostFor()), {
      code: "QZ_SOURCE_UNREACHABLE",
    });
    assert.deepEqual(calls, ["connect", "close"]);
  });

  test("that stands only after the agent gave up is closed again", async () => {
    let stand: () => void = () => {};
    const slowly = new Promise<undefined>((resolve) => {
      stand = () => resolve(undefined);
    });
    const { driver, calls } = scriptedDriver({ connect: () => slowly });
    const stop = new AbortController();
    const opening = oracleOver(async () => driver).open(options, hostFor(stop.signal));
    setImmediate(() => stop.abort());
    await assert.rejects(opening, { code: "QZ_CANCELLED" });
    stand();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(calls, ["connect", "close"]);
  });

  test("stops a cancelled statement at the server, and lets a late stop hit nothing", async () => {
    let fail: (error: Error) => void = () => {};
    const described = columns(field("ID", "NUMBER", { precision: 9, scale: 0 }));
    const { source, calls, since } = await openScripted({
      answer: (asked) =>
        described(asked) ??
        (asked.sql.includes("ROWNUM <=")
          ? new Promise<Error>((resolve) => {
              fail = resolve;
            })
          : undefined),
    });
    const stop = new AbortController();
    const page = {
      relation: { query: "SELECT ID FROM T" },
      columns: [{ name: "ID" }],
      order: ["ID"],
      pageRows: 9,
    };
    await source.describe(page.relation, calm());
    const scanning = source.scan!(page, stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(scanning, { code: "QZ_CANCELLED" });
    assert.deepEqual(calls.slice(-1), ["break"]);
    fail(oracleError("ORA-01013", "user requested cancel of current operation"));
    await source.describe(page.relation, calm());
    const late = since().map(({ sql }) => sql);
    assert.ok(
      late.indexOf("SELECT 1 FROM DUAL") < late.length - 1,
      "the stop is over before the next statement",
    );
  });

  test("tells of its server after a first probe that was cancelled", async () => {
    let asked = 0;
    let fail: (error: Error) => void = () => {};
    const { source } = await openScripted({
      answer: ({ sql }) =>
        sql.includes("SESSION_PRIVS") && (asked += 1) === 1
          ? new Promise<Error>((resolve) => {
              fail = resolve;
            })
          : undefined,
    });
    const stop = new AbortController();
    const probing = source.probe(stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(probing, { code: "QZ_CANCELLED" });
    fail(oracleError("ORA-01013", "user requested cancel of current operation"));
    assert.equal((await source.probe(calm())).product, "Oracle");
  });

  test("is closed once, however often it is asked", async () => {
    const { source, calls } = await openScripted();
    await Promise.all([source.close(), source.close()]);
    assert.deepEqual(calls, ["connect", "close"]);
  });
});
