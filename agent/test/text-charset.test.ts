import assert from "node:assert/strict";
import { test } from "node:test";
import { compileResource, type ColumnType, type RawValue } from "@qianzhi/sdk";
import { parse } from "yaml";
import { decode } from "../src/charset/decode.ts";
import type { ItemMapping, PipelineConfig, TextCharset } from "../src/config/site-config.ts";
import { compileMapper } from "../src/pipeline/map.ts";
import { load, person, problemsOf, site } from "./site-fixture.ts";

const gbk = Uint8Array.of(0xd6, 0xd8, 0xc7, 0xec);

/** What is asked of the source for a name, and what becomes of it, with a charset declared at one level or another. */
function read(
  levels: {
    readonly source?: TextCharset;
    readonly pipeline?: TextCharset;
    readonly item?: TextCharset;
  },
  value: RawValue,
  { type = "text", from = "xm" }: { readonly type?: ColumnType; readonly from?: string } = {},
): { readonly bytes: boolean; readonly name: unknown } {
  const common = { trim: false, nulls: [] };
  const map: ItemMapping[] = [
    { ...common, item: "resident_id", from: { column: "id" } },
    { ...common, ...levels.item, item: "name", from: { column: from } },
  ];
  const config = {
    resource: compileResource(parse(person) as Parameters<typeof compileResource>[0]).descriptor,
    relation: { table: ["hr", "person"] },
    source: { offset: "+08:00", ...levels.source },
    ...levels.pipeline,
    key: ["xm"],
    map,
  } as unknown as PipelineConfig;
  const column = { native: "", nullable: true };
  const mapper = compileMapper(
    config,
    [
      { ...column, name: "id", type: "integer" },
      { ...column, name: "xm", type },
    ],
    { decode },
  );
  const { record, reasons } = mapper.map([1, value]);
  const bytes = mapper.columns.find(({ name }) => name === "xm")?.bytes === true;
  return { bytes, name: reasons?.[0]?.code ?? record["name"] };
}

test("a source, a pipeline or an item says what its texts really are, and the narrowest holds", () => {
  const wrong = { charset: "utf8" };
  const right = { charset: "GBK" };
  for (const levels of [
    { source: right },
    { source: wrong, pipeline: right },
    { source: wrong, pipeline: wrong, item: right },
  ])
    assert.deepEqual(read(levels, gbk), { bytes: true, name: "重庆" });
  assert.equal(read({ source: right, item: wrong }, gbk).name, "QZ_CHARSET_INVALID");
});

test("a column is decoded by whatever case its name is written in", () => {
  const levels = { item: { charset: "gbk" } };
  assert.deepEqual(read(levels, gbk, { from: "XM" }), { bytes: true, name: "重庆" });
});

test("a column that two items read in two charsets is refused, with its place; in one, it is read", async () => {
  const both = (other: string) =>
    site
      .replace("name: { column: xm, trim: true }", "name: { column: xm, charset: gbk }")
      .replace("source_name: { constant: 公安 }", `source_name: { column: XM, ${other} }`);
  await load({ site: both("charset: GBK") });
  const problems = await problemsOf({ site: both("charset: big5") });
  assert.deepEqual(
    problems.map(({ path, line, column }) => [path, line, column]),
    [["pipelines.persons.map.source_name.charset", 20, 43]],
  );
  assert.match(problems[0]!.message, /XM is gbk for name already/);
  const readAs = await problemsOf({ site: both("charset: gbk, readAs: latin1") });
  assert.equal(readAs.length, 1);
});

test("the charset of Hong Kong is refused by name, and never taken for big5", async () => {
  for (const charset of ["big5-hkscs", "ZHT16HKSCS31", "Big5HKSCS"]) {
    const [problem] = await problemsOf({
      site: site.replace("kind: fake", `kind: fake\n    charset: ${charset}`),
    });
    assert.match(problem!.message, /characters of Hong Kong.*convert in a view or query/);
    assert.match(problem!.zh, /香港/);
  }
});

test("columns of other types have no charset", () => {
  const levels = { source: { charset: "gbk" } };
  assert.deepEqual(read(levels, 5, { type: "integer" }), { bytes: false, name: "5" });
});

test("texts where bytes were asked for stop the pipeline, since they may be misread", () => {
  const levels = { source: { charset: "gbk" } };
  assert.throws(() => read(levels, "ÖØÇì"), { code: "QZ_BYTES_MISSING" });
  assert.equal(read(levels, null).name, undefined);
});

test("what a driver has read as latin1 is asked for as text, and its bytes are taken back", () => {
  const levels = { pipeline: { charset: "gbk", readAs: "latin1" } } as const;
  assert.deepEqual(read(levels, "ÖØÇì"), { bytes: false, name: "重庆" });
  assert.equal(read(levels, "ÖØÇ").name, "QZ_CHARSET_INVALID");
  assert.equal(read(levels, "重庆").name, "QZ_CHARSET_INVALID");
});

test("the configuration takes a charset at each level, and refuses a repair without one", async () => {
  const at = (text: string): string =>
    site
      .replace("kind: fake", `kind: fake\n    ${text}`)
      .replace("table: hr.person", `table: hr.person\n    ${text}`)
      .replace(
        "{ column: xm, trim: true }",
        `{ column: xm, trim: true, ${text.replace("\n    ", ", ")} }`,
      );
  const both = { charset: "zhs16gbk", readAs: "latin1" };
  const { pipelines } = await load({ site: at("charset: zhs16gbk\n    readAs: latin1") });
  const levels = [pipelines[0]?.source, pipelines[0], pipelines[0]?.map[1]];
  for (const level of levels)
    assert.deepEqual({ charset: level?.charset, readAs: level?.readAs }, both);
  const problems = await problemsOf({ site: at("readAs: latin1") });
  assert.equal(problems.filter(({ path }) => path.endsWith("readAs")).length, 3);
});
