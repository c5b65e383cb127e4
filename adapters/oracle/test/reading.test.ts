import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PositionValue, RawValue, ScanRequest } from "@qianzhi/sdk";
import { undecoded } from "@qianzhi/sql";
import type { Field } from "../src/connect.ts";
import { calm, columns, field, openScripted, type Asked, type Script } from "./scripted-driver.ts";

const relation = { table: ["HR", "PERSON"] };
const isPage = ({ sql }: Asked) => sql.includes("ROWNUM <=");

/** What a column's values become that the server sends for the statement of a page. */
async function read(of: Field, sent: readonly unknown[], script: Script = {}): Promise<RawValue[]> {
  const described = columns(of);
  const { source } = await openScripted({
    answer: (asked) =>
      described(asked) ?? (isPage(asked) ? { rows: sent.map((value) => [value]) } : undefined),
    ...script,
  });
  const request = {
    relation,
    columns: [{ name: of.name }],
    order: [],
    nulls: [of.name],
    pageRows: 100,
  };
  return (await source.scan!(request, calm())).rows.map(([value]) => value!);
}

const number = (precision: number, scale: number) => field("N", "NUMBER", { precision, scale });

describe("numbers", () => {
  test("come with every digit, and an exponent is written out", async () => {
    const sent = [
      ".5",
      "-.05",
      "12345678901234567890123456789012345678.12",
      "1.0E+70",
      "-1.5E-66",
      "0",
      "100",
    ];
    assert.deepEqual(await read(number(0, -127), sent), [
      "0.5",
      "-0.05",
      "12345678901234567890123456789012345678.12",
      `1${"0".repeat(70)}`,
      `-0.${"0".repeat(65)}15`,
      "0",
      "100",
    ]);
  });

  test("without a fraction are whole, beyond 2^53 as digits", async () => {
    assert.deepEqual(await read(number(38, 0), ["7", "-9007199254740991", "9007199254740993"]), [
      7,
      -9007199254740991,
      "9007199254740993",
    ]);
    assert.deepEqual(await read(number(5, -2), ["1200"]), [1200]);
  });

  test("that are infinite stay no number", async () => {
    assert.deepEqual(await read(number(0, -127), ["~", "-~"]), ["~", "-~"]);
  });
});

describe("times", () => {
  test("have their year's sign before Christ, and no blank after", async () => {
    const sent = [" 2026-11-24 10:00:00", "-0044-03-15 00:00:00", " 9999-12-31 23:59:59"];
    assert.deepEqual(await read(field("D", "DATE"), sent), [
      "2026-11-24 10:00:00",
      "-0044-03-15 00:00:00",
      "9999-12-31 23:59:59",
    ]);
  });

  test("with a zone are told in the source's offset", async () => {
    const sent = [" 1900-01-01 00:00:00.123456789"];
    const at = field("Z", "TIMESTAMP WITH TIME ZONE", { precision: 9 });
    assert.deepEqual(await read(at, sent), ["1900-01-01 00:00:00.123456789+08:00"]);
  });
});

describe("texts", () => {
  const name = field("NAME", "VARCHAR2", { byteSize: 60 });

  test("lose the padding of fixed-length columns alone", async () => {
    assert.deepEqual(await read(field("C", "CHAR", { byteSize: 6 }), ["a  "]), ["a"]);
    assert.deepEqual(await read(field("C", "NCHAR", { byteSize: 6 }), ["甲 "]), ["甲"]);
    assert.deepEqual(await read(name, ["a  "]), ["a  "]);
  });

  /** First the text that the server makes of the bytes, then the bytes. */
  const garbled = (charset: string, text: string, bytes: string): Script => {
    const described = columns(name);
    return {
      charset,
      answer: (asked) =>
        described(asked) ??
        (isPage(asked)
          ? { rows: [[asked.sql.includes("CAST_TO_RAW") ? Buffer.from(bytes, "hex") : text]] }
          : undefined),
    };
  };

  test("which the server could not tell in Unicode are decoded here from their bytes", async () => {
    assert.deepEqual(await read(name, [], garbled("ZHS16GBK", "\ufffd", "fe9f")), ["䶮"]);
    assert.deepEqual(await read(name, [], garbled("ZHS16GBK", "\ue863", "fe9f")), ["䶮"]);
  });

  test("of a US7ASCII database above 7F are no text, and keep every byte", async () => {
    const bytes = Buffer.from("d6d8c7ec", "hex");
    const [value] = await read(
      name,
      [],
      garbled("US7ASCII", "\ufffd\ufffd\ufffd\ufffd", "d6d8c7ec"),
    );
    assert.equal(value, undecoded(bytes));
  });

  test("that end in half a character are no text", async () => {
    const [value] = await read(name, [], garbled("ZHS16GBK", "重庆\ufffd", "d6d8c7ecca"));
    assert.equal(value, undecoded(Buffer.from("d6d8c7ecca", "hex")));
  });

  test("that are asked for as bytes come as they are stored, long ones in pieces", async () => {
    const remark = field("REMARK", "VARCHAR2", { byteSize: 4000 });
    const described = columns(remark);
    const { source } = await openScripted({
      charset: "US7ASCII",
      answer: (asked) =>
        described(asked) ??
        (isPage(asked) ? { rows: [["<H>D6D8</H><H>C7EC</H>"], ["<H/>"]] } : undefined),
    });
    const request = {
      relation,
      columns: [{ name: "REMARK", bytes: true }],
      order: [],
      nulls: ["REMARK"],
      pageRows: 9,
    };
    const { rows } = await source.scan!(request, calm());
    assert.deepEqual(rows[0], [Buffer.from("d6d8c7ec", "hex")]);
  });
});

test("a geometry carries the coordinate system of its column, and none of another is taken for it", async () => {
  const described = columns(field("PLACE", "MDSYS.SDO_GEOMETRY"));
  const point = `00${"00000001"}${"405aa00000000000"}${"403d800000000000"}`;
  const { source } = await openScripted({
    answer: (asked) => {
      if (asked.sql.includes("ALL_OBJECTS")) return { rows: [[1]] };
      if (asked.sql.includes("ALL_SDO_GEOM_METADATA")) return { rows: [["PLACE", 4490]] };
      return (
        described(asked) ??
        (isPage(asked) ? { rows: [[Buffer.from(point, "hex")], [Buffer.from([0])]] } : undefined)
      );
    },
  });
  const request = {
    relation,
    columns: [{ name: "PLACE" }],
    order: [],
    nulls: ["PLACE"],
    pageRows: 9,
  };
  const { rows } = await source.scan!(request, calm());
  assert.equal(
    Buffer.from(rows[0]![0] as Uint8Array).toString("hex"),
    `00${"20000001"}${"0000118a"}${point.slice(10)}`,
  );
  assert.deepEqual(rows[1]![0], Buffer.from([0]));
});

describe("positions", () => {
  const fields = [
    field("CODE", "CHAR", { byteSize: 18 }),
    field("TITLE", "NVARCHAR2", { byteSize: 120 }),
    field("NAME", "VARCHAR2", { byteSize: 60 }),
    field("STAMP", "RAW", { byteSize: 16 }),
    field("RATE", "BINARY_DOUBLE"),
  ];
  const bindsFor = async (name: string, value: PositionValue, bytes = false) => {
    const { source, since } = await openScripted({
      charset: "US7ASCII",
      answer: columns(...fields),
    });
    const request: ScanRequest = {
      relation,
      columns: [{ name, bytes }],
      order: [name],
      from: [value],
      pageRows: 9,
    };
    await source.scan!(request, calm());
    return since().at(-1)!.binds.at(-1);
  };

  test("of national texts do not pass the database's own character set", async () => {
    assert.deepEqual(await bindsFor("TITLE", "䶮"), { val: "䶮", type: "nvarchar" });
    assert.equal(await bindsFor("NAME", "abc"), "abc");
  });

  test("of bytes are bound as bytes, also where a text stands for them", async () => {
    const stored = Buffer.from("d6d8", "hex");
    assert.deepEqual(await bindsFor("NAME", { base64: stored.toString("base64") }, true), stored);
    assert.deepEqual(await bindsFor("CODE", undecoded(stored)), stored);
    assert.deepEqual(await bindsFor("STAMP", { base64: stored.toString("base64") }), stored);
  });

  test("cannot be made of doubles, whose NaN no position could hold", async () => {
    await assert.rejects(bindsFor("RATE", 0.5), { code: "QZ_CURSOR_TYPE" });
  });
});

describe("a listing", () => {
  const described = columns(number(9, 0));
  const listed = async () =>
    openScripted({
      answer: (asked) =>
        described(asked) ??
        (/FROM "HR"."PERSON"/.test(asked.sql)
          ? { rows: Array.from({ length: 2_500 }, (_, n) => [String(n)]) }
          : undefined),
    });

  test("is one statement, and comes by the thousand", async () => {
    const { source, calls } = await listed();
    const pages: number[] = [];
    for await (const { rows } of source.list!(relation, [{ name: "N" }], calm()))
      pages.push(rows.length);
    assert.deepEqual(pages, [1_000, 1_000, 500]);
    assert.equal(calls.filter((call) => call === "close cursor").length, 1);
  });

  test("that nobody reads to its end closes its cursor", async () => {
    const { source, calls } = await listed();
    for await (const page of source.list!(relation, [{ name: "N" }], calm())) {
      assert.equal(page.rows.length, 1_000);
      break;
    }
    assert.deepEqual(calls.slice(-1), ["close cursor"]);
  });
});

test("a page of photographs ends when it has its size, and its cursor is closed", async () => {
  const described = columns(number(9, 0), field("PHOTO", "BLOB"));
  const photograph = Buffer.alloc(2 ** 20);
  const { source, calls } = await openScripted({
    answer: (asked) =>
      described(asked) ??
      (isPage(asked)
        ? { rows: Array.from({ length: 600 }, (_, at) => [String(at), photograph]) }
        : undefined),
  });
  const request = {
    relation,
    columns: [{ name: "N" }, { name: "PHOTO" }],
    order: ["N"],
    pageRows: 1_000,
  };
  const { rows, end } = await source.scan!(request, calm());
  assert.deepEqual([rows.length, end], [4, false]);
  assert.deepEqual(calls.slice(-1), ["close cursor"]);
});
