import assert from "node:assert/strict";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  calm,
  comparable,
  firsts,
  over,
  positionOf,
  readAll,
  rowsOf,
  valued,
  withSource,
} from "../read.ts";
import type { TestTable, TestType } from "../test-type.ts";

/** Texts that readers break: beyond the basic plane, composed and decomposed, compatibility forms, quotes, wildcards. */
const difficult = [
  "重庆市",
  "𠮷田",
  "\u{1F600}",
  "\u00E9",
  "e\u0301",
  "ｆｕｌｌ",
  "\u{F900}",
  "it's",
  'say "so"',
  "100%_",
  "line\nbreak\ttab",
  "?:1 $1 @p1",
];

const LARGE_CHARACTERS = 1_000_000;
const WIDE_COLUMNS = 150;

/** Characters, bytes, widths and zones. */
export function textCases(harness: ConformanceHarness): readonly CaseBody[] {
  const readValues = (type: TestType, rows: TestTable["rows"]) =>
    withSource(harness, ["scan"], async (source) => {
      const table = valued(harness, type, rows);
      const relation = await harness.createTable(table);
      return (await readAll(source, over(relation, table, ["id"]))).map((row) => row[1]!);
    });
  return [
    {
      name: "a text arrives code point by code point",
      protects: "rare characters in names, and texts that somebody normalised on the way",
      needs: ["scan", "text"],
      run: async () =>
        assert.deepEqual(
          await readValues(
            harness.text!,
            difficult.map((text, at) => [String(at + 1), harness.quote!(text)]),
          ),
          difficult,
        ),
    },
    {
      name: "a value of a million characters arrives whole",
      protects: "long texts that a driver cuts off in silence",
      needs: ["scan", "large values"],
      run: async () => {
        const text = "重".repeat(LARGE_CHARACTERS / 2) + "a".repeat(LARGE_CHARACTERS / 2);
        const [read] = await readValues(harness.large!, [["1", harness.quote!(text)]]);
        assert.ok(read === text, `${String(read).length} characters of ${text.length}`);
      },
    },
    {
      name: `a row of ${WIDE_COLUMNS} columns arrives with each value in its place`,
      protects: "wide tables, and values under the wrong item",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const names = Array.from({ length: WIDE_COLUMNS }, (_, at) =>
            at === 0 ? "id" : `c${at}`,
          );
          const table: TestTable = {
            name: "qz_wide",
            key: ["id"],
            rows: [names.map((_, at) => String(at))],
            columns: names.map((name) => ({ name, type: harness.integer })),
          };
          const relation = await harness.createTable(table);
          const columns = names.toReversed().map((name) => ({ name }));
          const { rows } = await source.scan({ ...over(relation, table, ["id"]), columns }, calm());
          assert.deepEqual(rows, [names.map((_, at) => at).toReversed()]);
        }),
    },
    {
      name: "times are read as they are stored, whatever zone this process runs in",
      protects: "birthdays that move by a day",
      needs: ["scan"],
      run: async () => {
        const types = harness.types.filter(({ type }) =>
          ["date", "datetime", "instant", "time"].includes(type),
        );
        const own = process.env["TZ"];
        try {
          for (const zone of ["America/New_York", "Asia/Shanghai", "UTC"]) {
            process.env["TZ"] = zone;
            for (const type of types)
              assert.deepEqual(
                await readValues(type, rowsOf(type)),
                type.values.map(({ read }) => read),
                `${type.native} in ${zone}`,
              );
          }
        } finally {
          if (own === undefined) delete process.env["TZ"];
          else process.env["TZ"] = own;
        }
      },
    },
    {
      name: "the stored bytes of a column whose charset is declared wrongly arrive, and order its pages",
      protects: "names in GBK that sit in a latin1 column",
      needs: ["scan", "bytes"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const type = harness.misdeclared!;
          const table = valued(harness, type, rowsOf(type));
          const relation = await harness.createTable(table);
          const columns = [{ name: "id" }, { name: "v", bytes: true }];
          const byId = await readAll(source, { relation, columns, order: ["id"], pageRows: 2 });
          assert.deepEqual(
            comparable(byId.map((row) => [row[1]!])),
            comparable(type.values.map(({ read }) => [read])),
          );
          const byValue = { relation, columns, order: ["v", "id"], pageRows: 1_000 };
          const whole = (await source.scan(byValue, calm())).rows;
          assert.deepEqual(
            firsts(await readAll(source, { ...byValue, pageRows: 2 })),
            firsts(whole),
          );
          const keys = { columns: ["v"], values: [[positionOf(byId[0]![1])]] };
          assert.deepEqual(
            comparable((await source.scan({ ...byValue, keys }, calm())).rows),
            comparable([byId[0]!]),
          );
        }),
    },
  ];
}
