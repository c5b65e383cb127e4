import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as tedious from "tedious";
import type { RawValue, ScanRequest } from "@qianzhi/sdk";
import { undecoded } from "@qianzhi/sql";
import { openScripted, table } from "./scripted-source.ts";
import { answerCatalog, type CatalogColumn } from "./scripted-table.ts";
import { startScriptedServer } from "./tds/scripted-server.ts";
import { collations, kinds, type ColumnKind } from "./tds/tokens.ts";

const calm = () => new AbortController().signal;
const bytes = (hex: string) => Buffer.from(hex, "hex");

/** What the driver itself makes of a value. */
async function driverReads(kind: ColumnKind, value: unknown): Promise<unknown> {
  await using server = await startScriptedServer({
    encryption: "notSupported",
    answer: ({ sql }) => (sql === "SELECT 1" ? table([["v", kind]], [[value]]) : undefined),
  });
  const connection = new tedious.Connection({
    server: "127.0.0.1",
    authentication: { type: "default", options: { userName: "u", password: "p" } },
    options: { port: server.port, encrypt: false },
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) =>
      error === undefined || error === null ? resolve() : reject(error),
    );
  });
  const read = await new Promise<unknown>((resolve, reject) => {
    let found: unknown;
    const request = new tedious.Request("SELECT 1", (error) => {
      if (error === undefined || error === null) resolve(found);
      else reject(error);
    });
    request.on("row", (cells: readonly { readonly value: unknown }[]) => {
      found = cells[0]?.value;
    });
    connection.execSqlBatch(request);
  });
  connection.close();
  return read;
}

/** How the adapter selects a column, and what it makes of the value that the server then sends. */
async function adapterReads(
  column: CatalogColumn,
  kind: ColumnKind,
  ...values: readonly unknown[]
) {
  const described = { columns: [{ name: "id", type: "int" }, column], key: ["id"] };
  const rows = values.map((value, at) => [at, value]);
  await using scripted = await openScripted({
    answer: (asked) =>
      answerCatalog(described, asked) ??
      (asked.sql.includes("TOP")
        ? table(
            [
              ["id", kinds.int],
              ["v", kind],
            ],
            rows,
          )
        : undefined),
  });
  const request: ScanRequest = {
    relation: { table: ["t"] },
    columns: [{ name: "id" }, { name: column.name }],
    order: ["id"],
    pageRows: 100,
  };
  const page = await scripted.source.scan!(request, calm());
  const sql = scripted.server.asked.at(-1)!.sql;
  return {
    selected: /\[id\], (.*) FROM/.exec(sql)?.[1],
    read: page.rows.map((row) => row[1] as RawValue),
  };
}

describe("numbers", () => {
  const digits = "12345678901234567890.12";

  test("of DECIMAL, that the driver rounds, travel as text", async () => {
    const plain = await driverReads(kinds.decimal(2), digits.replace(".", ""));
    assert.ok(
      typeof plain === "number" && plain.toFixed(2) !== digits,
      `the driver reads ${String(plain)}`,
    );
    const column = { name: "v", type: "decimal", precision: 38, scale: 2 };
    assert.deepEqual(await adapterReads(column, kinds.nvarchar, digits), {
      selected: "CONVERT(varchar(41), [v])",
      read: [digits],
    });
  });

  test("of MONEY, that the driver rounds, travel as text", async () => {
    const plain = await driverReads(kinds.money, "9223372036854775807");
    assert.ok(
      typeof plain === "number" && plain.toFixed(4) !== "922337203685477.5807",
      String(plain),
    );
    const column = { name: "v", type: "money" };
    assert.deepEqual(await adapterReads(column, kinds.nvarchar, "922337203685477.5807"), {
      selected: "CONVERT(varchar(21), [v], 2)",
      read: ["922337203685477.5807"],
    });
  });

  test("of BIGINT keep every digit, and are numbers where a number holds them", async () => {
    const column = { name: "v", type: "bigint" };
    const values = ["9007199254740991", "9007199254740993", "-9223372036854775808", "7"];
    const { read } = await adapterReads(column, kinds.bigint, ...values);
    assert.deepEqual(read, [9007199254740991, "9007199254740993", "-9223372036854775808", 7]);
  });

  test("of FLOAT and REAL arrive as the doubles that they are", async () => {
    const float = await adapterReads(
      { name: "v", type: "float" },
      kinds.float,
      0.1,
      5e-324,
      -1.7976931348623157e308,
    );
    assert.deepEqual(float.read, [0.1, 5e-324, -1.7976931348623157e308]);
    const real = await adapterReads({ name: "v", type: "real" }, kinds.real, 0.1, 16777217);
    assert.deepEqual(real.read, [0.10000000149011612, 16777216]);
  });
});

describe("times", () => {
  test("of DATETIME, that the driver rounds to milliseconds of a zone, travel as the server's own text", async () => {
    // 10:00:00.003 and .007 are one and two ticks of 1/300 s.
    const plain = await driverReads(kinds.datetime, [46000, 10 * 3600 * 300 + 1]);
    assert.ok(plain instanceof Date);
    const column = { name: "v", type: "datetime" };
    assert.deepEqual(await adapterReads(column, kinds.nvarchar, "2025-12-11 10:00:00.003"), {
      selected: "CONVERT(char(23), [v], 121)",
      read: ["2025-12-11 10:00:00.003"],
    });
  });

  test("of DATETIMEOFFSET keep their offset, in the contract's form", async () => {
    const column = { name: "v", type: "datetimeoffset", scale: 7 };
    const { read } = await adapterReads(
      column,
      kinds.nvarchar,
      "2025-12-11 10:00:00.1234567 +05:30",
      "0001-01-01 00:00:00.0000000 -14:00",
    );
    assert.deepEqual(read, [
      "2025-12-11 10:00:00.1234567+05:30",
      "0001-01-01 00:00:00.0000000-14:00",
    ]);
  });
});

describe("texts", () => {
  const varchar = {
    name: "v",
    type: "varchar",
    bytes: 40,
    collation: "Chinese_PRC_CI_AS",
    codePage: 936,
  };

  test("of code page 936, of which the driver loses characters, are decoded from their bytes", async () => {
    const rare = bytes("fe9fa8bfaaa180");
    assert.match(String(await driverReads(kinds.varchar(collations.chinese), rare)), /\ufffd/);
    const { selected, read } = await adapterReads(
      varchar,
      kinds.varbinary,
      rare,
      bytes("d6d8c7ec2020"),
      bytes(""),
    );
    assert.equal(selected, "CONVERT(varbinary(8000), [v])");
    assert.deepEqual(read, ["䶮ǹ\ue000€", "重庆  ", ""]);
  });

  test("that are not valid in it stay their bytes: no ? and no U+FFFD takes a character's place", async () => {
    const cut = bytes("d6d8c7ecca");
    const { read } = await adapterReads(varchar, kinds.varbinary, cut);
    assert.deepEqual(read, [undecoded(cut)]);
  });

  test("of fixed length lose their padding alone", async () => {
    const char = await adapterReads({ ...varchar, type: "char" }, kinds.varbinary, bytes("d6d8"));
    assert.deepEqual(char, { selected: "CONVERT(varbinary(8000), RTRIM([v]))", read: ["重"] });
    const nchar = await adapterReads(
      { name: "v", type: "nchar", bytes: 20 },
      kinds.nvarchar,
      "  𠮷   ",
      "\u3000",
    );
    assert.deepEqual(nchar.read, ["  𠮷", "\u3000"]);
  });

  test("whose bytes are asked for are selected as they are stored", async () => {
    const described = { columns: [{ name: "id", type: "int" }, varchar], key: ["id"] };
    await using scripted = await openScripted({
      answer: (asked) =>
        answerCatalog(described, asked) ??
        (asked.sql.includes("TOP")
          ? table([["v", kinds.varbinary]], [[bytes("d6d8")]])
          : undefined),
    });
    const request = {
      relation: { table: ["t"] },
      columns: [{ name: "v", bytes: true }],
      order: [],
      pageRows: 1,
    };
    const { rows } = await scripted.source.scan!(request, calm());
    assert.deepEqual(rows, [[bytes("d6d8")]]);
  });
});

test("a geometry is EWKB with the coordinate system that the server tells", async () => {
  const wkb = "0101000000" + "0000000000a05a40" + "0000000000803d40";
  const column = { name: "v", type: "geography", bytes: -1 };
  const { read } = await adapterReads(
    column,
    kinds.varbinary,
    bytes("0000118a" + wkb),
    bytes("00000000" + wkb),
  );
  const hex = read.map((value) => Buffer.from(value as Uint8Array).toString("hex"));
  assert.deepEqual(hex, [`01010000208a110000${wkb.slice(10)}`, wkb]);
});

test("NULL is null, whatever the type", async () => {
  for (const [type, kind] of [
    ["decimal", kinds.nvarchar],
    ["datetimeoffset", kinds.nvarchar],
    ["nchar", kinds.nvarchar],
    ["bigint", kinds.bigint],
  ] as const)
    assert.deepEqual((await adapterReads({ name: "v", type }, kind, null)).read, [null], type);
});
