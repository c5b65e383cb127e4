import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Field } from "../src/connect.ts";
import {
  calm,
  columns,
  field,
  openScripted,
  oracleError,
  type Asked,
  type Script,
} from "./scripted-driver.ts";

type Catalog = Readonly<Record<string, unknown[][]>>;

/** Answers catalog queries by a word of theirs, and the columns of the relation. */
const catalog = (words: Catalog, ...fields: readonly Field[]): Script => {
  const described = columns(...fields);
  return {
    answer: (asked: Asked) => {
      const word = Object.keys(words).find((each) => asked.sql.includes(each));
      return described(asked) ?? (word === undefined ? undefined : { rows: words[word]! });
    },
  };
};

const id = field("ID", "NUMBER", { precision: 18, scale: 0, nullable: false });
const name = field("name", "VARCHAR2", { byteSize: 60 });

describe("a table", () => {
  test("is described by the driver, with key, indexes, comments and estimate of the catalog", async () => {
    const { source } = await openScripted(
      catalog(
        {
          "FROM ALL_OBJECTS": [[1]],
          ALL_TAB_COMMENTS: [["HR", "PERSON", "TABLE", "人口", 1_000_000]],
          ALL_COL_COMMENTS: [["name", "姓名"]],
          ALL_CONSTRAINTS: [["ID"]],
          ALL_INDEXES: [
            ["PERSON_I1", "NONUNIQUE", "name"],
            ["PERSON_I1", "NONUNIQUE", "ID"],
            ["PERSON_I2", "NONUNIQUE", null],
            ["PERSON_PK", "UNIQUE", "ID"],
          ],
        },
        id,
        name,
      ),
    );
    assert.deepEqual(await source.describe({ table: ["HR", "PERSON"] }, calm()), {
      name: ["HR", "PERSON"],
      kind: "table",
      comment: "人口",
      estimatedRows: 1_000_000,
      columns: [
        { name: "ID", type: "integer", native: "NUMBER(18,0)", nullable: false },
        {
          name: "name",
          type: "text",
          native: "VARCHAR2(60)",
          nullable: true,
          length: 60,
          charset: "ZHS16GBK",
          comment: "姓名",
        },
      ],
      key: ["ID"],
      indexes: [
        { name: "PERSON_I1", unique: false, columns: ["name", "ID"] },
        { name: "PERSON_PK", unique: true, columns: ["ID"] },
      ],
    });
  });

  test("behind a private synonym of a public one has the key of where it leads", async () => {
    const { source, since } = await openScripted({
      answer: (asked) => {
        const [owner] = asked.binds;
        if (asked.sql.includes("FROM ALL_OBJECTS")) return { rows: owner === "HR" ? [[1]] : [] };
        if (asked.sql.includes("FROM ALL_SYNONYMS"))
          return {
            rows: owner === "READER" ? [["PUBLIC", "PEOPLE", null]] : [["HR", "PERSON", null]],
          };
        return columns(id)(asked);
      },
    });
    await source.describe({ table: ["PEOPLE"] }, calm());
    const [, ...chain] = since().map(({ binds }) => binds);
    assert.deepEqual(chain.slice(0, 5), [
      ["READER", "PEOPLE"],
      ["READER", "PUBLIC", "PEOPLE"],
      ["PUBLIC", "PEOPLE"],
      ["PUBLIC", "PUBLIC", "PEOPLE"],
      ["HR", "PERSON"],
    ]);
  });

  test("beyond a database link has columns alone", async () => {
    const { source } = await openScripted({
      answer: (asked) =>
        asked.sql.includes("FROM ALL_SYNONYMS")
          ? { rows: [["HR", "PERSON", "OTHER"]] }
          : columns(id)(asked),
    });
    const described = await source.describe({ table: ["PERSON"] }, calm());
    assert.deepEqual([described.columns.length, described.key, described.indexes], [1, [], []]);
  });

  test("that exists in capitals is asked for as one", async () => {
    const { source } = await openScripted({
      answer: ({ sql }) => {
        if (sql.endsWith("WHERE 1 = 0"))
          return oracleError("ORA-00942", "table or view does not exist");
        return sql.includes("FROM ALL_OBJECTS") ? { rows: [[1]] } : undefined;
      },
    });
    await assert.rejects(source.describe({ table: ["hr", "person"] }, calm()), {
      code: "QZ_TABLE_NOT_FOUND",
      message: /hr\.person \(HR\.PERSON\?\)/,
    });
  });

  test("that is nowhere is missing", async () => {
    const { source } = await openScripted({
      answer: ({ sql }) => (sql.endsWith("WHERE 1 = 0") ? oracleError("ORA-00942") : undefined),
    });
    await assert.rejects(source.describe({ table: ["person"] }, calm()), {
      code: "QZ_TABLE_NOT_FOUND",
    });
  });
});

test("tables of the current schema are listed by one name, those of others by two", async () => {
  const { source } = await openScripted(
    catalog({
      ALL_TAB_COMMENTS: [
        ["HR", "PERSON", "TABLE", null, 7],
        ["READER", "V", "VIEW", "部分", null],
      ],
    }),
  );
  assert.deepEqual(await source.discover!(calm()), [
    { name: ["HR", "PERSON"], kind: "table", estimatedRows: 7 },
    { name: ["V"], kind: "view", comment: "部分" },
  ]);
});

test("each type of the driver becomes one of the contract", async () => {
  const fields = [
    field("A", "NUMBER", { precision: 0, scale: -127 }),
    field("B", "NUMBER", { precision: 14, scale: 2 }),
    field("C", "NUMBER", { precision: 126, scale: -127 }),
    field("D", "TIMESTAMP", { precision: 3 }),
    field("E", "TIMESTAMP WITH LOCAL TIME ZONE", { precision: 0 }),
    field("F", "SYS.XMLTYPE"),
    field("G", "MDSYS.SDO_GEOMETRY"),
    field("H", "UROWID"),
    field("I", "NCLOB"),
  ];
  const { source } = await openScripted({ answer: columns(...fields) });
  const { columns: found } = await source.describe({ query: "SELECT * FROM T" }, calm());
  assert.deepEqual(
    found.map(({ type, native, precision, scale, fraction }) => [
      type,
      native,
      precision,
      scale,
      fraction,
    ]),
    [
      ["decimal", "NUMBER", undefined, undefined, undefined],
      ["decimal", "NUMBER(14,2)", 14, 2, undefined],
      ["decimal", "FLOAT(126)", undefined, undefined, undefined],
      ["datetime", "TIMESTAMP(3)", undefined, undefined, 3],
      ["instant", "TIMESTAMP(0) WITH LOCAL TIME ZONE", undefined, undefined, 0],
      ["text", "XMLTYPE", undefined, undefined, undefined],
      ["other", "MDSYS.SDO_GEOMETRY", undefined, undefined, undefined],
      ["other", "UROWID", undefined, undefined, undefined],
      ["text", "NCLOB", undefined, undefined, undefined],
    ],
  );
});

describe("a probe", () => {
  const probeWith = async (answer: Script["answer"], role = "PRIMARY") => {
    const { source } = await openScripted({ role, ...(answer === undefined ? {} : { answer }) });
    return source.probe(calm());
  };

  test("knows the database and its incarnation where the account may see them, else its name", async () => {
    const restored = await probeWith(({ sql }) =>
      sql.includes("DBID") ? { rows: [["1:2:3:HR"]] } : undefined,
    );
    assert.equal(restored.identity, "1:2:3:HR");
    const named = await probeWith(({ sql }) => {
      if (sql.includes("V$DATABASE")) return oracleError("ORA-00942");
      return sql.includes("DB_DOMAIN") ? { rows: [["HR:"]] } : undefined;
    });
    assert.equal(named.identity, "HR:");
  });

  test("tells an account that may write, and a standby", async () => {
    const writer = await probeWith(({ sql }) =>
      sql.includes("SESSION_PRIVS") ? { rows: [[1]] } : undefined,
    );
    assert.equal(writer.readOnlyAccount, false);
    const reader = await probeWith(
      ({ sql }) => (sql.includes("SESSION_PRIVS") ? { rows: [[0]] } : undefined),
      "PHYSICAL STANDBY",
    );
    assert.deepEqual([reader.readOnlyAccount, reader.replica], [true, true]);
  });
});
