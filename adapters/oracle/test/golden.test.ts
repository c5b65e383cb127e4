import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { PositionValue, ScanRequest } from "@qianzhi/sdk";
import type { Field } from "../src/connect.ts";
import { calm, field, openScripted, type Answer, type Asked } from "./scripted-driver.ts";

/* The statements for each generation of the server, as files to be read by people and by other parsers. Written anew with UPDATE_GOLDEN=1. */

const generations = {
  11: { version: "11.2.0.4.0", charset: "US7ASCII" },
  12: { version: "12.1.0.2.0", charset: "WE8ISO8859P1" },
  19: { version: "19.24.0.0.0", charset: "ZHS16GBK" },
  23: { version: "23.6.0.24.10", charset: "AL32UTF8" },
} as const;
type Generation = keyof typeof generations;

const always: readonly Field[] = [
  field("ID", "NUMBER", { precision: 19, scale: 0, nullable: false }),
  field("CHANGED", "DATE"),
  field("NAME", "VARCHAR2", { byteSize: 60 }),
  field("REMARK", "VARCHAR2", { byteSize: 4000 }),
  field("CODE", "CHAR", { byteSize: 18 }),
  field("TITLE", "NVARCHAR2", { byteSize: 120 }),
  field("MARK", "NCHAR", { byteSize: 8 }),
  field("INCOME", "NUMBER", { precision: 14, scale: 2 }),
  field("ROUGH", "NUMBER", { precision: 5, scale: -2 }),
  field("ANY_NUMBER", "NUMBER", { precision: 0, scale: -127 }),
  field("SHARE_OF", "NUMBER", { precision: 126, scale: -127 }),
  field("RATE", "BINARY_FLOAT"),
  field("MEASURE", "BINARY_DOUBLE"),
  field("SEEN", "TIMESTAMP", { precision: 6 }),
  field("WHOLE", "TIMESTAMP", { precision: 0 }),
  field("SENT", "TIMESTAMP WITH TIME ZONE", { precision: 9 }),
  field("GOT", "TIMESTAMP WITH LOCAL TIME ZONE", { precision: 3 }),
  field("AGE", "INTERVAL YEAR TO MONTH"),
  field("TOOK", "INTERVAL DAY TO SECOND"),
  field("STAMP", "RAW", { byteSize: 16 }),
  field("PHOTO", "BLOB"),
  field("NOTES", "CLOB"),
  field("LETTER", "NCLOB"),
  field("OLD_TEXT", "LONG"),
  field("AT_ROW", "ROWID"),
  field("FILE_NO", "SYS.XMLTYPE"),
  field("PLACE", "MDSYS.SDO_GEOMETRY"),
  field("ELSEWHERE", "MDSYS.SDO_GEOMETRY"),
  field("lower case", "HR.ADDRESS_T"),
];
const since23: readonly Field[] = [
  field("DOC", "JSON"),
  field("ALIVE", "BOOLEAN"),
  field("MEANING", "VECTOR"),
];

const bytes = (hex: string): PositionValue => ({
  base64: Buffer.from(hex, "hex").toString("base64"),
});
const clock = "2026-11-24 10:00:00.123456";

/** Answers that let each operation go on to its next statement. */
function answers({ sql }: Asked, fields: readonly Field[]): Answer | undefined {
  if (sql.endsWith("WHERE 1 = 0")) return { metaData: fields };
  if (sql.includes("SYSTIMESTAMP AT TIME ZONE")) return { rows: [[clock]] };
  if (sql.includes("ALL_OBJECTS WHERE")) return { rows: [[1]] };
  if (sql.includes("ALL_SDO_GEOM_METADATA"))
    return {
      rows: [
        ["PLACE", 4490],
        ["ELSEWHERE", null],
      ],
    };
  return undefined;
}

async function statementsOf(generation: Generation): Promise<string> {
  const fields = generation === 23 ? [...always, ...since23] : always;
  const opened = await openScripted(
    { ...generations[generation], answer: (asked) => answers(asked, fields) },
    { schema: "HR" },
  );
  const { source, asked } = opened;
  const chapters: string[] = [];
  let seen = 0;
  const chapter = async (title: string, work: () => Promise<unknown> = async () => {}) => {
    await work();
    const statements = asked.slice(seen).map(({ sql }) => `${sql};\n`);
    seen = asked.length;
    chapters.push(`-- ${title}\n${statements.join("")}`);
  };
  const relation = { table: ["HR", "PERSON"] };
  const request: ScanRequest = {
    relation,
    columns: fields.map(({ name }) => ({ name })),
    order: ["CHANGED", "ID"],
    pageRows: 1_000,
  };
  const scan = (part: Partial<ScanRequest>) => source.scan!({ ...request, ...part }, calm());
  const few = { columns: [{ name: "ID" }, { name: "CHANGED" }] };
  await chapter("What the session is set to, and what server it is");
  await chapter("Probe: identity, rights, clock", () => source.probe(calm()));
  await chapter("Tables and views", () => source.discover!(calm()));
  await chapter("A table", () => source.describe(relation, calm()));
  await chapter("A table of the current schema", () =>
    source.describe({ table: ["PERSON"] }, calm()),
  );
  await chapter("The first page, in the order of change", () => scan({}));
  await chapter("The next page, below the horizon, with flags for deleted rows", () =>
    scan({
      ...few,
      from: ["2026-11-24 10:00:00", "9007199254740993"],
      until: { values: ["2026-11-24 10:00:07"], inclusive: false },
      where: "INCOME > 1 -- only these",
      deletedWhen: "STATE = 'D'",
      keptWhen: "INCOME > 0",
    }),
  );
  const query = { query: "SELECT ID, CHANGED FROM HR.PERSON;" };
  await chapter("A page of a query", () => scan({ ...few, relation: query }));
  for (const [name, value] of boundValues(generation))
    await chapter(`Rows at or after a value of ${name}`, () =>
      scan({ columns: [{ name }, { name: "ID" }], order: [name, "ID"], from: [value, 7] }),
    );
  const misdeclared = ["NAME", "REMARK", "CODE", "NOTES"].map((name) => ({ name, bytes: true }));
  await chapter("Texts whose bytes are in another charset", () =>
    scan({
      columns: [...misdeclared, { name: "ID" }],
      order: ["NAME", "CODE", "ID"],
      from: [bytes("d6d8"), bytes("d6d8"), 7],
    }),
  );
  await chapter("Point reads", () =>
    scan({ ...few, keys: { columns: ["ID"], values: [[1], ["9007199254740993"]] } }),
  );
  await chapter("Rows without a change stamp", () =>
    scan({ ...few, order: [], nulls: ["CHANGED"] }),
  );
  await chapter("The greatest stamp", () => source.maximum!(relation, "CHANGED", calm()));
  await chapter("Whether a key is unique", () => source.duplicateKey!(relation, ["CODE"], calm()));
  await chapter("The horizon: who may still write an older stamp", () =>
    source.horizon!({ relation, cursor: "CHANGED", settleMs: 0 }, calm()),
  );
  return chapters.join("\n");
}

/** A value of each type that orders a read, as a position holds it. */
const boundValues = (generation: Generation): readonly (readonly [string, PositionValue])[] => [
  ["NAME", "重庆"],
  ["CODE", "500101"],
  ["TITLE", "䶮"],
  ["MARK", "甲"],
  ["INCOME", "12.5"],
  ["ROUGH", 700],
  ["ANY_NUMBER", "0.1"],
  ["SEEN", "1986-05-04 00:30:00.000001"],
  ["WHOLE", "-0044-03-15 00:00:00"],
  ["SENT", "2026-11-24 10:00:00.123456789+08:00"],
  ["GOT", "2026-11-24 10:00:00.123+08:00"],
  ["STAMP", bytes("00ff")],
  ...(generation === 23 ? ([["ALIVE", true]] as const) : []),
];

describe("the statements for Oracle", () => {
  for (const generation of [11, 12, 19, 23] as const) {
    test(`${generation} are those that were reviewed`, async () => {
      const file = new URL(`../../test/golden/${generation}.sql`, import.meta.url);
      const statements = await statementsOf(generation);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, statements);
      assert.equal(statements, readFileSync(file, "utf8"));
    });
  }
});
