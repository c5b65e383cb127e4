import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { QianzhiError, type RawValue, type ScanRequest, type Source } from "@qianzhi/sdk";
import { undecoded } from "@qianzhi/sql";
import { oracleOver } from "../src/adapter.ts";
import type { Field } from "../src/connect.ts";
import type { StatementConnection } from "../src/connect.ts";
import { loadDmdb, type DmDriver } from "../src/dm-link.ts";
import { calm, field, hostFor, type Answer, type Asked, type Reply } from "./scripted-driver.ts";

interface DmScript {
  /** 0 for GB18030, 1 for UTF-8. */
  readonly charset?: number;
  readonly connect?: (attempt: number) => Error | undefined | Promise<undefined>;
  readonly answer?: (asked: Asked) => Reply;
}

const options = {
  product: "dm",
  host: "10.1.2.3",
  user: "READER",
  password: "reads-only",
  schema: "HR",
} as const;

const dmError = (number: number, text = "no such luck"): Error =>
  Object.assign(new Error(`[${number}] ${text}\nat line 1`), { errCode: number });

/** The structure of the driver without a server: it says what was asked of it, and answers from a script. */
function scripted({ charset = 1, connect, answer }: DmScript = {}) {
  const asked: Asked[] = [];
  const calls: string[] = [];
  const configs: Readonly<Record<string, unknown>>[] = [];
  const connection: StatementConnection = {
    async execute(sql, binds, { resultSet = false }: { readonly resultSet?: boolean }) {
      asked.push({ sql, binds });
      const reply = await answer?.({ sql, binds });
      if (reply instanceof Error) throw reply;
      if (resultSet) return { resultSet: cursorOver(reply?.rows ?? []) };
      if (reply !== undefined) return reply;
      if (sql.includes("SESSID()")) return { rows: [[142, "03134284336-20250117-257733"]] };
      return sql.includes("SF_GET_UNICODE_FLAG") ? { rows: [[charset, "READER"]] } : { rows: [] };
    },
    close: async () => void calls.push("close"),
  };
  const cursorOver = (rows: unknown[][]) => {
    let from = 0;
    return {
      getRows: async (count: number) => rows.slice(from, (from += count)),
      close: async () => void calls.push("close cursor"),
    };
  };
  const driver: DmDriver = {
    CLOB: "clob",
    BLOB: "blob",
    fetchAsString: [],
    fetchAsBuffer: [],
    parseJson: true,
    async getConnection(config) {
      calls.push("connect");
      configs.push(config as Readonly<Record<string, unknown>>);
      const refused = await connect?.(configs.length);
      if (refused !== undefined) throw refused;
      return connection;
    },
  };
  const adapter = oracleOver(
    () => Promise.reject(new QianzhiError("QZ_DRIVER_MISSING")),
    async () => driver,
  );
  const open = (more = {}, signal?: AbortSignal): Promise<Source> =>
    adapter.open({ ...options, ...more }, hostFor(signal));
  return { open, asked, calls, configs };
}

const columns =
  (...fields: readonly Field[]) =>
  ({ sql }: Asked): Answer | undefined =>
    sql.endsWith("WHERE 1 = 0") ? { metaData: fields } : undefined;

const relation = { table: ["PERSON"] };

/** What a column's values become that the server sends for the statement of a page. */
async function read(of: Field, sent: readonly unknown[], script: DmScript = {}) {
  const described = columns(of);
  const source = await scripted({
    answer: (asked) =>
      described(asked) ??
      (asked.sql.includes("ROWNUM <=") ? { rows: sent.map((value) => [value]) } : undefined),
    ...script,
  }).open();
  const request = {
    relation,
    columns: [{ name: of.name }],
    order: [],
    nulls: [of.name],
    pageRows: 9,
  };
  return (await source.scan!(request, calm())).rows.map(([value]): RawValue => value!);
}

describe("达梦: the driver", () => {
  test("that is not installed is named with the command that installs it, and how without internet", async () => {
    await assert.rejects(loadDmdb(), (error: unknown) => {
      assert.ok(QianzhiError.is(error));
      assert.equal(error.code, "QZ_DRIVER_MISSING");
      assert.match(error.hint, /npm install dmdb \(without internet: .*无网络/);
      return true;
    });
  });

  test("that waits for a silent listener is given up", async () => {
    const listening = createServer(() => {}).listen(0, "127.0.0.1");
    const { open } = scripted({ connect: () => new Promise(() => {}) });
    await assert.rejects(open({ connectTimeoutMs: 100 }), {
      code: "QZ_SOURCE_UNREACHABLE",
      message: "The source legacy cannot be reached at 10.1.2.3:5236.",
    });
    listening.close();
  });

  test("gets the port of 达梦 and no more than the options say", async () => {
    const { open, configs } = scripted();
    await open();
    assert.equal(configs[0]!["connectString"], "10.1.2.3:5236");
    assert.equal(configs[0]!["password"], "reads-only");
  });
});

describe("达梦: a session", () => {
  test("refuses to write where the server can, tells times in the source's offset, and says both", async () => {
    const { open, asked } = scripted();
    const source = await open();
    assert.deepEqual(
      asked.map(({ sql }) => sql),
      [
        "SELECT SESSID(), ID_CODE FROM DUAL",
        "SET TIME ZONE '+08:00'",
        'SET SCHEMA "HR"',
        "CALL SP_SET_SESSION_READONLY(1)",
        "SELECT SF_GET_UNICODE_FLAG(), USER FROM DUAL",
      ],
    );
    const { product, readOnly, charset, version } = await source.probe(calm());
    assert.deepEqual(
      { product, readOnly, charset, version },
      { product: "DM", readOnly: true, charset: "UTF-8", version: "03134284336-20250117-257733" },
    );
    const refusing = await scripted({
      answer: ({ sql }) => (sql.includes("READONLY") ? dmError(-5567) : undefined),
    }).open();
    assert.equal((await refusing.probe(calm())).readOnly, false);
  });

  const cancelled = async (answer?: DmScript["answer"]) => {
    const described = columns(field("ID", "INT"));
    let end: (error: Error) => void = () => {};
    const script = scripted({
      answer: (asked) =>
        described(asked) ??
        (asked.sql.includes("ROWNUM <=")
          ? new Promise<Error>((resolve) => void (end = resolve))
          : answer?.(asked)),
    });
    const source = await script.open();
    const stop = new AbortController();
    const page = { relation, columns: [{ name: "ID" }], order: ["ID"], pageRows: 9 };
    await source.describe(relation, calm());
    const scanning = source.scan!(page, stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(scanning, { code: "QZ_CANCELLED" });
    end(dmError(-6515));
    await source.describe(relation, calm());
    return script;
  };

  test("stops a cancelled statement at the server through a second session", async () => {
    const { asked, calls } = await cancelled();
    const stopping = asked.find(({ sql }) => sql.includes("SP_CANCEL_SESSION_OPERATION"));
    assert.deepEqual(stopping?.binds, [142]);
    assert.deepEqual(calls, ["connect", "connect", "close"]);
  });

  test("is given up where the account may not stop its own statement", async () => {
    const { calls } = await cancelled(({ sql }) =>
      sql.includes("SP_CANCEL_SESSION_OPERATION") ? dmError(-5504) : undefined,
    );
    assert.deepEqual(calls, ["connect", "connect", "close", "close"]);
  });

  test("can only offer its clock less the settle time, and says so", async () => {
    const source = await scripted({
      answer: (asked) =>
        columns(field("CHANGED", "TIMESTAMP", { scale: 6 }))(asked) ??
        (asked.sql.includes("LOCALTIMESTAMP")
          ? { rows: [["2026-11-24 10:00:00.000000"]] }
          : undefined),
    }).open();
    const request = { relation, cursor: "CHANGED", settleMs: 60_000 };
    const { below, exact, because } = await source.horizon!(request, calm());
    assert.deepEqual([below, exact, because], ["2026-11-24 09:59:00.000", false, "unsupported"]);
  });
});

describe("达梦: values", () => {
  test("of numbers keep every digit", async () => {
    assert.deepEqual(await read(field("N", "BIGINT"), ["9007199254740993", "-7"]), [
      "9007199254740993",
      -7,
    ]);
    const decimal = field("N", "DECIMAL", { precision: 38, scale: 2 });
    assert.deepEqual(await read(decimal, [".50", "123456789012345678901234567890.12"]), [
      "0.5",
      "123456789012345678901234567890.12",
    ]);
  });

  test("of times are as the server prints them, without zeros that say nothing", async () => {
    const stamp = field("T", "TIMESTAMP", { scale: 6 });
    assert.deepEqual(
      await read(stamp, ["2026-11-24 10:00:00.120000000", "2026-11-24 10:00:00.000000000"]),
      ["2026-11-24 10:00:00.12", "2026-11-24 10:00:00"],
    );
    const zoned = field("T", "TIMESTAMP WITH TIME ZONE", { scale: 6 });
    assert.deepEqual(await read(zoned, ["2026-11-24 10:00:00.500000000+08:00"]), [
      "2026-11-24 10:00:00.5+08:00",
    ]);
  });

  test("of texts that the driver's table of GB18030 has not are decoded here", async () => {
    const name = field("NAME", "VARCHAR", { precision: 60 });
    const described = columns(name);
    const garbled = (hex: string): DmScript => ({
      charset: 0,
      answer: (asked) =>
        described(asked) ??
        (asked.sql.includes("ROWNUM <=")
          ? { rows: [[asked.sql.includes("CAST_TO_RAW") ? Buffer.from(hex, "hex") : "\ue863"]] }
          : undefined),
    });
    assert.deepEqual(await read(name, [], garbled("fe9f")), ["䶮"]);
    assert.deepEqual(await read(name, [], garbled("d6d8ca")), [
      undecoded(Buffer.from("d6d8ca", "hex")),
    ]);
  });

  test("of a listing come by the thousand, and its cursor is closed", async () => {
    const { open, calls } = scripted({
      answer: (asked) =>
        columns(field("N", "INT"))(asked) ??
        (asked.sql.includes('FROM "PERSON"')
          ? { rows: Array.from({ length: 1_500 }, (_, n) => [String(n)]) }
          : undefined),
    });
    const source = await open();
    const sizes: number[] = [];
    for await (const { rows } of source.list!(relation, [{ name: "N" }], calm()))
      sizes.push(rows.length);
    assert.deepEqual(sizes, [1_000, 500]);
    assert.deepEqual(calls, ["connect", "close cursor"]);
  });
});

test("达梦: a page of photographs ends when it has its size, and its cursor is closed", async () => {
  const photograph = Buffer.alloc(2 ** 20);
  const { open, calls } = scripted({
    answer: (asked) =>
      columns(field("N", "INT"), field("PHOTO", "BLOB"))(asked) ??
      (asked.sql.includes("ROWNUM <=")
        ? { rows: Array.from({ length: 600 }, (_, at) => [String(at), photograph]) }
        : undefined),
  });
  const source = await open();
  const request = {
    relation,
    columns: [{ name: "N" }, { name: "PHOTO" }],
    order: ["N"],
    pageRows: 1_000,
  };
  const { rows, end } = await source.scan!(request, calm());
  assert.deepEqual([rows.length, end], [4, false]);
  assert.deepEqual(calls, ["connect", "close cursor"]);
});

describe("达梦: an error by its number", () => {
  const failing = async (error: Error) => {
    const source = await scripted({
      answer: ({ sql }) => (sql.includes("ALL_TAB_COMMENTS") ? error : undefined),
    }).open();
    return source.discover!(calm()).then(
      () => assert.fail("it must fail"),
      (fault: unknown) => fault as QianzhiError,
    );
  };

  for (const [number, code] of [
    [-5504, "QZ_SOURCE_DENIED"],
    [-2106, "QZ_TABLE_NOT_FOUND"],
    [-2111, "QZ_COLUMN_NOT_FOUND"],
    [-608, "QZ_SOURCE_TIMEOUT"],
    [6001, "QZ_SOURCE_LOST"],
    [-6403, "QZ_LOCK_TIMEOUT"],
    [-9999, "QZ_QUERY_FAILED"],
  ] as const)
    test(`${number} is ${code}`, async () =>
      assert.equal((await failing(dmError(number))).code, code));

  test("names the table, and quotes no row where the number is unknown", async () => {
    const absent = await failing(dmError(-2106, "Invalid table or view name [PERSON_OLD]"));
    assert.equal(absent.details["name"], "PERSON_OLD");
    const unknown = await failing(dmError(-6118, "cast of [500101199001011234] failed"));
    assert.ok(!JSON.stringify([unknown, (unknown.cause as Error).message]).includes("5001"));
  });

  test("of a login is a refused account, unless nobody answered", async () => {
    const refused = (error: Error) => scripted({ connect: () => error }).open();
    await assert.rejects(refused(dmError(-2501)), { code: "QZ_SOURCE_AUTH" });
    await assert.rejects(refused(dmError(-2510)), { code: "QZ_SOURCE_AUTH" });
    await assert.rejects(refused(dmError(6001)), { code: "QZ_SOURCE_UNREACHABLE" });
  });
});

test("the statements for 达梦 are those that were reviewed", async () => {
  const of: readonly (readonly [string, string, Partial<Field>?])[] = [
    ["ID", "BIGINT", { nullable: false }],
    ["CHANGED", "TIMESTAMP", { scale: 6 }],
    ["NAME", "VARCHAR", { precision: 60 }],
    ["CODE", "CHAR", { precision: 18 }],
    ["INCOME", "DECIMAL", { precision: 14, scale: 2 }],
    ["WHOLE", "NUMBER", { precision: 20, scale: 0 }],
    ["RATE", "DOUBLE"],
    ["ALIVE", "BIT"],
    ["BORN", "DATE"],
    ["AT", "TIME", { scale: 0 }],
    ["SENT", "TIMESTAMP WITH TIME ZONE", { scale: 6 }],
    ["NOTES", "CLOB"],
    ["PHOTO", "BLOB"],
    ["STAMP", "VARBINARY", { precision: 16 }],
    ["DOC", "JSON"],
    ["TOOK", "INTERVAL DAY TO SECOND"],
  ];
  const { open, asked } = scripted({
    answer: (one) =>
      columns(...of.map(([name, type, more]) => field(name, type, more)))(one) ??
      (one.sql.includes("ALL_OBJECTS WHERE") ? { rows: [[1]] } : undefined),
  });
  const source = await open();
  const chapters: string[] = [];
  let seen = 0;
  const chapter = async (title: string, work: () => Promise<unknown> = async () => {}) => {
    await work();
    const statements = asked.slice(seen).map(({ sql }) => `${sql};\n`);
    seen = asked.length;
    chapters.push(`-- ${title}\n${statements.join("")}`);
  };
  const request: ScanRequest = {
    relation,
    columns: of.map(([name]) => ({ name })),
    order: ["CHANGED", "ID"],
    pageRows: 1_000,
  };
  const from = (...values: readonly (string | number)[]) => ({ from: values });
  const after = (name: string, value: string | { base64: string }) =>
    chapter(`Rows at or after a value of ${name}`, () =>
      source.scan!(
        { ...request, columns: [{ name }, { name: "ID" }], order: [name, "ID"], from: [value, 7] },
        calm(),
      ),
    );
  await chapter("What the session is set to, and what server it is");
  await chapter("Probe", () => source.probe(calm()));
  await chapter("Tables and views", () => source.discover!(calm()));
  await chapter("A table", () => source.describe(relation, calm()));
  await chapter("The first page", () => source.scan!(request, calm()));
  await chapter("The next page", () =>
    source.scan!({ ...request, ...from("2026-11-24 10:00:00.12", 7) }, calm()),
  );
  await after("NAME", "重庆");
  await after("CODE", "500101");
  await after("INCOME", "12.50");
  await after("WHOLE", "18446744073709551615");
  await after("BORN", "1986-05-04 00:00:00");
  await after("AT", "10:00:00");
  await after("STAMP", { base64: "AP8=" });
  await chapter("Texts whose bytes are in another charset", () =>
    source.scan!({ ...request, columns: [{ name: "NAME", bytes: true }], order: [] }, calm()),
  );
  const file = new URL("../../test/golden/dm.sql", import.meta.url);
  const statements = chapters.join("\n");
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, statements);
  assert.equal(statements, readFileSync(file, "utf8"));
  for (const cursor of ["NOTES", "RATE", "SENT"])
    await assert.rejects(source.scan!({ ...request, order: [cursor] }, calm()), {
      code: "QZ_CURSOR_TYPE",
    });
});
