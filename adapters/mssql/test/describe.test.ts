import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QianzhiError, type Relation } from "@qianzhi/sdk";
import { facts, openScripted, table, texts, versions } from "./scripted-source.ts";
import { answerCatalog, type CatalogTable } from "./scripted-table.ts";
import type { Asked } from "./tds/requests.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { collations, kinds } from "./tds/tokens.ts";

const calm = () => new AbortController().signal;

const person: CatalogTable = {
  comment: "人员",
  rows: 12_000_000_000,
  key: ["id", "part"],
  columns: [
    { name: "id", type: "int" },
    { name: "part", type: "char", bytes: 2, collation: "Chinese_PRC_BIN", codePage: 936 },
    {
      name: "name",
      type: "nvarchar",
      bytes: 120,
      collation: "Chinese_PRC_CI_AS",
      codePage: 936,
      nullable: true,
      comment: "姓名",
    },
    {
      name: "notes",
      type: "varchar",
      bytes: -1,
      collation: "Latin1_General_CI_AS",
      codePage: 1252,
    },
    { name: "income", type: "numeric", bytes: 9, precision: 14, scale: 2 },
    { name: "seen", type: "datetime2", bytes: 8, scale: 7 },
    { name: "changed", type: "datetime", bytes: 8, scale: 3 },
    { name: "version", type: "timestamp", bytes: 8 },
    { name: "place", type: "geography", bytes: -1, nullable: true },
    { name: "unit", type: "hierarchyid", bytes: 892 },
  ],
};

const describePerson = async (
  described: CatalogTable,
  relation: Relation,
  answer = (asked: Asked) => answerCatalog(described, asked),
) => {
  await using scripted = await openScripted({ answer });
  const found = await scripted.source.describe(relation, calm());
  return { found, asked: scripted.server.asked };
};

describe("a table", () => {
  test("is described with comments, key, collation, resolution and the server's own estimate", async () => {
    const { found } = await describePerson(person, { table: ["dbo", "person"] });
    assert.deepEqual(found, {
      name: ["dbo", "person"],
      kind: "table",
      comment: "人员",
      estimatedRows: 12_000_000_000,
      key: ["id", "part"],
      indexes: [{ name: "pk_person", unique: true, columns: ["id", "part"] }],
      columns: [
        { name: "id", type: "integer", native: "int", nullable: false },
        {
          name: "part",
          type: "text",
          native: "char(2) collate Chinese_PRC_BIN",
          nullable: false,
          length: 2,
          charset: "cp936",
        },
        {
          name: "name",
          type: "text",
          native: "nvarchar(60) collate Chinese_PRC_CI_AS",
          nullable: true,
          length: 60,
          charset: "utf-16",
          comment: "姓名",
        },
        {
          name: "notes",
          type: "text",
          native: "varchar(max) collate Latin1_General_CI_AS",
          nullable: false,
          charset: "cp1252",
        },
        {
          name: "income",
          type: "decimal",
          native: "numeric(14,2)",
          nullable: false,
          precision: 14,
          scale: 2,
        },
        { name: "seen", type: "datetime", native: "datetime2(7)", nullable: false, fraction: 7 },
        { name: "changed", type: "datetime", native: "datetime", nullable: false, fraction: 3 },
        { name: "version", type: "binary", native: "timestamp", nullable: false },
        { name: "place", type: "geometry", native: "geography", nullable: true },
        { name: "unit", type: "other", native: "hierarchyid", nullable: false },
      ],
    });
  });

  test("behind a synonym is described by what the synonym stands for, and read by its own name", async () => {
    const described = { ...person, base: [null, "pay", null, "people"] };
    const { found, asked } = await describePerson(described, { table: ["staff"] });
    assert.deepEqual([found.name, found.key], [["staff"], ["id", "part"]]);
    const ofColumns = asked.find(({ sql }) => sql.includes("[pay].sys.columns"));
    assert.deepEqual(ofColumns?.params, { p1: "[pay].[dbo].[people]" });
  });

  test("whose name needs quoting is quoted, in names and in what is asked of the catalog", async () => {
    const { asked } = await describePerson(person, { table: ["a]b", "c'd"] });
    assert.deepEqual(asked.find(({ sql }) => sql.includes("sys.columns"))?.params, {
      p1: "[a]]b].[c'd]",
    });
  });

  test("that no catalog lists is described by its result, and is not found when there is none", async () => {
    const none = (asked: Asked): Answer | undefined =>
      asked.sql.includes("FROM sys.") ? table([["none", kinds.int]], []) : undefined;
    const listed = (answer: Answer) => (asked: Asked) =>
      none(asked) ?? (asked.sql.includes("TOP (0)") ? answer : undefined);
    const relation = { table: ["sys", "configurations"] };
    const { found } = await describePerson(person, relation, listed(texts(["x"])));
    assert.deepEqual(
      found.columns.map(({ type }) => type),
      ["text"],
    );
    const unknown = {
      errors: [{ number: 208, text: "Invalid object name 'sys.configurations'." }],
    };
    await assert.rejects(
      describePerson(person, relation, listed(unknown)),
      (error) => QianzhiError.is(error) && error.code === "QZ_TABLE_NOT_FOUND",
    );
  });

  test("of a server of 2005 is asked for nothing that 2005 does not know", async () => {
    const answer = (asked: Asked) =>
      asked.sql.includes("'ProductVersion'") ? facts(versions[2005]) : answerCatalog(person, asked);
    const { asked } = await describePerson(person, { table: ["person"] }, answer);
    assert.ok(!asked.some(({ sql }) => sql.includes("has_filter")));
  });
});

test("a query is described by its result: types, lengths, charset and resolution", async () => {
  const column = (
    name: string,
    kind: (typeof kinds)[keyof typeof kinds] | ReturnType<typeof kinds.decimal>,
    userType?: number,
  ) => ({
    name,
    kind: kind as ReturnType<typeof kinds.decimal>,
    ...(userType === undefined ? {} : { userType }),
  });
  const result: Answer = {
    columns: [
      column("a", kinds.int),
      column("b", kinds.bigint),
      column("c", kinds.varchar(collations.chinese)),
      column("d", kinds.decimal(4)),
      column("e", kinds.datetime),
      column("f", kinds.money),
      column("g", kinds.real),
      column("h", kinds.bit),
      column("i", kinds.varbinary, 80),
    ],
    rows: [],
  };
  const { found } = await describePerson(person, { query: "SELECT 1" }, ({ sql }) =>
    sql.includes("TOP (0)") ? result : undefined,
  );
  assert.deepEqual(
    found.columns.map(({ name: _, nullable: __, ...rest }) => rest),
    [
      { type: "integer", native: "int" },
      { type: "integer", native: "bigint" },
      { type: "text", native: "varchar(8000)", length: 8000, charset: "cp936" },
      { type: "decimal", native: "decimal(38,4)", precision: 38, scale: 4 },
      { type: "datetime", native: "datetime", fraction: 3 },
      { type: "decimal", native: "money", precision: 19, scale: 4 },
      { type: "double", native: "real" },
      { type: "boolean", native: "bit" },
      { type: "binary", native: "timestamp" },
    ],
  );
});

test("the probe tells identity, rights and whether it is a secondary, and does without what it may not see", async () => {
  const answer =
    (refuse: boolean) =>
    ({ sql }: Asked): Answer | undefined => {
      if (sql.includes("'ProductVersion'"))
        return facts(versions[2016], refuse ? "READ_ONLY" : "READ_WRITE");
      if (sql.includes("SYSDATETIME")) return texts(["2026-11-24 10:00:00.1234567"]);
      if (refuse && sql.startsWith("SELECT"))
        return {
          errors: [
            { number: 297, text: "The user does not have permission to perform this action." },
          ],
        };
      if (sql.includes("database_recovery_status"))
        return texts(["SQL1", "hr", "B", "2020-01-01 00:00:00.000", "D", "F"]);
      return sql.includes("HAS_PERMS_BY_NAME") ? table([["writes", kinds.int]], [[1]]) : undefined;
    };
  const common = {
    product: "Microsoft SQL Server",
    version: versions[2016],
    offset: "+08:00",
    charset: "Chinese_PRC_CI_AS",
    exposedBy: [],
    readOnly: false,
    now: "2026-11-24 10:00:00.1234567",
  };
  await using whole = await openScripted({ answer: answer(false) });
  assert.deepEqual(await whole.source.probe(calm()), {
    ...common,
    identity: "SQL1:hr:B:2020-01-01 00:00:00.000:D:F",
    readOnlyAccount: false,
    replica: false,
  });
  await using poor = await openScripted({ answer: answer(true) });
  assert.deepEqual(await poor.source.probe(calm()), { ...common, replica: true });
});
