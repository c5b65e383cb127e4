import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { ScanRequest } from "@qianzhi/sdk";
import { facts, openScripted, table, texts, versions } from "./scripted-source.ts";
import { answerCatalog, type CatalogColumn, type CatalogTable } from "./scripted-table.ts";
import type { Asked } from "./tds/requests.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { kinds } from "./tds/tokens.ts";

/* The statements for each generation of the server, as files to be read by people and by other parsers. Written anew with UPDATE_GOLDEN=1. */

const chinese = { collation: "Chinese_PRC_CI_AS", codePage: 936 };
const latin = { collation: "Latin1_General_CI_AS", codePage: 1252 };

const since2005: readonly CatalogColumn[] = [
  { name: "id", type: "bigint" },
  { name: "changed", type: "datetime", nullable: true },
  { name: "name", type: "varchar", bytes: 60, ...chinese },
  { name: "code", type: "char", bytes: 18, ...chinese },
  { name: "alias", type: "varchar", bytes: 60, ...latin },
  { name: "title", type: "nvarchar", bytes: 120, ...chinese },
  { name: "age", type: "tinyint" },
  { name: "alive", type: "bit" },
  { name: "income", type: "decimal", precision: 14, scale: 2 },
  { name: "fee", type: "money" },
  { name: "share", type: "float" },
  { name: "rate", type: "real" },
  { name: "born", type: "smalldatetime" },
  { name: "guid", type: "uniqueidentifier" },
  { name: "photo", type: "image" },
  { name: "stamp", type: "varbinary", bytes: 16 },
  { name: "notes", type: "text", bytes: 16, ...chinese },
  { name: "letter", type: "ntext", bytes: 16, ...chinese },
  { name: "file_no", type: "xml", bytes: -1 },
  { name: "extra", type: "sql_variant" },
  { name: "version", type: "timestamp", bytes: 8 },
];
const since2008: readonly CatalogColumn[] = [
  { name: "day", type: "date" },
  { name: "at", type: "time", scale: 7 },
  { name: "seen", type: "datetime2", scale: 7 },
  { name: "sent", type: "datetimeoffset", scale: 3 },
  { name: "unit", type: "hierarchyid" },
  { name: "place", type: "geometry" },
];

const calm = () => new AbortController().signal;
const bytes = (hex: string) => ({ base64: Buffer.from(hex, "hex").toString("base64") });
const clock = "2026-11-24 10:00:00.123";

/** Answers that let each operation go on to its next statement. */
function answers(asked: Asked, version: string, described: CatalogTable): Answer | undefined {
  const { sql } = asked;
  if (sql.includes("'ProductVersion'")) return facts(version);
  if (sql.includes("TOP (0)"))
    return table(
      [
        ["id", kinds.bigint],
        ["changed", kinds.datetime],
      ],
      [],
    );
  if (sql.includes("HAS_PERMS_BY_NAME(NULL"))
    return table(
      [
        ["clock", kinds.nvarchar],
        ["may", kinds.int],
      ],
      [[clock, 1]],
    );
  if (sql.includes("CHANGE_TRACKING_CURRENT_VERSION")) return texts(["12", "3"]);
  if (sql.includes("MIN_ACTIVE_ROWVERSION"))
    return table([["version", kinds.varbinary]], [[Buffer.alloc(8)]]);
  if (sql.includes("SYSDATETIME") || sql.includes("GETDATE()")) return texts([clock]);
  return answerCatalog(described, asked);
}

interface Chapter {
  readonly title: string;
  readonly statements: readonly string[];
}

async function statementsOf(year: keyof typeof versions): Promise<readonly Chapter[]> {
  const columns = year === 2005 ? since2005 : [...since2005, ...since2008];
  const described: CatalogTable = { columns, key: ["id"] };
  await using scripted = await openScripted({
    answer: (asked) =>
      answers(asked, versions[year], described) ??
      (/^set /i.test(asked.sql) ? undefined : table([["none", kinds.int]], [])),
  });
  const { source, server } = scripted;
  const chapters: Chapter[] = [];
  let seen = 1;
  const chapter = async (title: string, work: () => Promise<unknown>) => {
    await work();
    const statements = server.asked.slice(seen).map(({ sql }) => sql);
    seen = server.asked.length;
    chapters.push({ title, statements });
  };
  const relation = { table: ["dbo", "person"] };
  const request: ScanRequest = {
    relation,
    columns: columns.map(({ name }) => ({ name })),
    order: ["changed", "id"],
    pageRows: 1_000,
  };
  const scan = (part: Partial<ScanRequest>) => source.scan!({ ...request, ...part }, calm());
  const few = { columns: [{ name: "id" }, { name: "changed" }] };
  await chapter("What the session is set to, and what server it is", async () => {});
  await chapter("Probe: identity, rights, clock", () => source.probe(calm()));
  await chapter("Tables and views", () => source.discover!(calm()));
  await chapter("A table, which may be a synonym of another", () =>
    source.describe(relation, calm()),
  );
  await chapter("A table of another database", () =>
    source.describe({ table: ["pay", "dbo", "person"] }, calm()),
  );
  await chapter("The first page, in the order of change", () => scan({}));
  await chapter("The next page, below the horizon, with flags for deleted rows", () =>
    scan({
      ...few,
      from: ["2026-11-24 10:00:00.123", "9007199254740993"],
      until: { values: ["2026-11-24 10:00:00.127"], inclusive: false },
      where: "alive = 1 -- only these",
      deletedWhen: "age > 150",
      keptWhen: "income > 0",
    }),
  );
  const query = { query: "SELECT id, changed FROM dbo.person;" };
  await chapter("A page of a query", () => scan({ ...few, relation: query }));
  for (const [name, value] of boundValues(year))
    await chapter(`Rows at or after a ${name}`, () =>
      scan({ columns: [{ name }, { name: "id" }], order: [name, "id"], from: [value, 7] }),
    );
  await chapter("A text column whose bytes are in another charset", () =>
    scan({
      columns: [{ name: "name", bytes: true }, { name: "alias", bytes: true }, { name: "id" }],
      order: ["name", "alias", "id"],
      from: [bytes("d6d8"), bytes("d6d8"), 7],
    }),
  );
  await chapter("Point reads", () =>
    scan({ ...few, keys: { columns: ["id"], values: [[1], ["9007199254740993"]] } }),
  );
  await chapter("Rows without a change stamp", () =>
    scan({ ...few, order: [], nulls: ["changed"] }),
  );
  await chapter("The greatest stamp", () => source.maximum!(relation, "changed", calm()));
  await chapter("Whether a key is unique", () => source.duplicateKey!(relation, ["code"], calm()));
  const horizon = (cursor: string) => source.horizon!({ relation, cursor, settleMs: 0 }, calm());
  await chapter("The horizon of a date and time: who may still write an older stamp", () =>
    horizon("changed"),
  );
  await chapter("The horizon of a rowversion", () => horizon("version"));
  if (year !== 2005) {
    const position = { version: "5", until: "12", after: ["7", 9] };
    await chapter("Change tracking", () =>
      source.changes!(relation, few.columns, position, calm()),
    );
  }
  return chapters;
}

/** A value of each type that orders a read, as a position holds it. */
const boundValues = (year: keyof typeof versions) =>
  [
    ["name", "重庆"],
    ["alias", "é"],
    ["title", "䶮"],
    ["age", 7],
    ["alive", true],
    ["income", "12.50"],
    ["fee", "12.5000"],
    ["share", 0.1],
    ["rate", 0.10000000149011612],
    ["born", "1986-05-04 00:30:00"],
    ["guid", "6F9619FF-8B86-D011-B42D-00C04FC964FF"],
    ["stamp", bytes("00ff")],
    ["version", bytes("00000000000007d1")],
    ...(year === 2005
      ? []
      : ([
          ["day", "1986-05-04"],
          ["at", "10:00:00.1234567"],
          ["seen", "2026-11-24 10:00:00.1234567"],
          ["sent", "2026-11-24 10:00:00.123+08:00"],
        ] as const)),
  ] as const;

const written = (chapters: readonly Chapter[]) =>
  chapters
    .map(
      ({ title, statements }) =>
        `-- ${title}\n${statements.map((sql) => `${sql.replace(/;?\s*$/, "")};\n`).join("")}`,
    )
    .join("\n");

describe("the statements for SQL Server", () => {
  for (const year of [2005, 2008, 2012, 2016, 2022] as const) {
    test(`${year} are those that were reviewed`, async () => {
      const file = new URL(`../../test/golden/${year}.sql`, import.meta.url);
      const statements = written(await statementsOf(year));
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, statements);
      assert.equal(statements, readFileSync(file, "utf8"));
    });
  }
});
