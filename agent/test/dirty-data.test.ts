import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compileResource, errorTable, reasonTexts, type Item } from "@qianzhi/sdk";
import type { RawValue } from "@qianzhi/sdk";
import { parse, parseDocument } from "yaml";
import { decode } from "../src/charset/decode.ts";
import type { ItemMapping, PipelineConfig } from "../src/config/site-config.ts";
import { compileMapper } from "../src/pipeline/map.ts";
import { person } from "./site-fixture.ts";

const docs = join(import.meta.dirname, "../../../docs");
const pages = ["dirty-data.md", "zh-CN/dirty-data.md"].map((page) =>
  readFileSync(join(docs, page), "utf8"),
);

/** The lines of the tables that are vectors: what the source holds, item, value, mapping, becomes. */
function vectorsOf(page: string): readonly (readonly string[])[] {
  return page
    .split("\n")
    .map((line) => [...line.matchAll(/ `([^`]*)` \|/g)].map((match) => match[1] ?? ""))
    .filter(({ length }) => length === 4);
}

const [english = "", chinese = ""] = pages;
const vectors = vectorsOf(english);

/** What leaves for a value: the value, the codes of its findings, or the code of its refusal. */
function outcomeOf(item: Item, value: RawValue, mapping: Partial<ItemMapping>): string {
  const resource = compileResource({
    ...(parse(person) as Parameters<typeof compileResource>[0]),
    key: ["id"],
    items: [{ identifier: "id", name: "编号", type: "integer" }, item],
  });
  const { decimal = ".", ...number } = mapping.number ?? {};
  const common = { trim: false, nulls: [] };
  const config = {
    name: "dirty",
    resource: resource.descriptor,
    relation: { table: ["t"] },
    source: { offset: "+08:00" },
    key: ["id"],
    map: [
      { ...common, item: "id", from: { column: "id" } },
      {
        ...common,
        ...mapping,
        ...(mapping.number === undefined ? {} : { number: { ...number, decimal } }),
        item: item.identifier,
        from: { column: "c" },
      },
    ],
  } as unknown as PipelineConfig;
  const column = { native: "", nullable: true };
  const mapper = compileMapper(
    config,
    [
      { ...column, name: "id", type: "integer" },
      { ...column, name: "c", type: "text" },
    ],
    { decode },
  );
  const { record, reasons } = mapper.map([1, value]);
  const refusals = reasons ?? resource.validate(record);
  if (refusals.length > 0) return refusals.map(({ code }) => code).join(" ");
  const shown = JSON.stringify(record[item.identifier] ?? null);
  return [shown, ...resource.findings(record).map(({ code }) => code)].join(" ");
}

/** A value as the page has it: YAML, or bytes after `!hex`. */
function valueOf(text: string): RawValue {
  const hex = /^!hex "([\da-f]+)"$/.exec(text)?.[1];
  if (hex !== undefined) return Uint8Array.from(Buffer.from(hex, "hex"));
  const document = parseDocument(text);
  assert.deepEqual(document.errors, [], text);
  return document.toJS() as RawValue;
}

for (const [item = "", value = "", mapping = "", becomes = ""] of vectors)
  test(`dirty data: ${value} as ${item} with ${mapping} becomes ${becomes}`, () => {
    const described = { identifier: "v", name: "值", ...(parse(item) as object) } as Item;
    const expected = becomes.startsWith("QZ_")
      ? becomes
      : becomes.replace(/^".*"/, (text) => JSON.stringify(parse(text)));
    const declared = parse(mapping) as Partial<ItemMapping>;
    assert.equal(outcomeOf(described, valueOf(value), declared), expected);
  });

test("the page of dirty data has the same vectors in both languages, and names codes that exist", () => {
  assert.ok(vectors.length > 50);
  assert.deepEqual(vectorsOf(chinese), vectors);
  const codes = pages.map((page) => [...page.matchAll(/QZ_[A-Z_]+/g)].map(([code]) => code));
  assert.deepEqual(codes[1]?.toSorted(), codes[0]?.toSorted());
  for (const code of codes[0] ?? []) assert.ok(code in errorTable || code in reasonTexts, code);
});
