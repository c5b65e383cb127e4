import assert from "node:assert/strict";
import { test } from "node:test";
import { compileResource, QianzhiError, type RawRow, type Source } from "@qianzhi/sdk";
import { parse } from "yaml";
import { checkTexts } from "../src/check/check-texts.ts";
import type { PipelineConfig } from "../src/config/site-config.ts";
import { person } from "./site-fixture.ts";

const columns = ["id", "xm"].map(
  (name) => ({ name, type: "text", native: "", nullable: true }) as const,
);
const config = {
  resource: compileResource(parse(person) as Parameters<typeof compileResource>[0]).descriptor,
  relation: { table: ["person"] },
  source: { offset: "+08:00" },
  key: ["id"],
  map: [
    { item: "resident_id", from: { column: "id" }, trim: false, nulls: [] },
    { item: "name", from: { column: "xm" }, trim: false, nulls: [] },
  ],
} as unknown as PipelineConfig;

async function found(names: readonly string[], listed = false): Promise<readonly unknown[]> {
  const rows: readonly RawRow[] = names.map((name, at) => [String(at), name]);
  const read: Partial<Source> = listed
    ? {
        async *list() {
          yield { rows };
        },
      }
    : { scan: async () => ({ rows, tied: 0, end: true }) };
  const { signal } = new AbortController();
  const findings = await checkTexts(config, columns, read as Source, signal);
  return findings.map(({ severity, error: { code, details } }) => [severity, code, details]);
}

test("check says which column's texts look misread, damaged or private, and how many, without showing any", async () => {
  assert.deepEqual(
    await found(["张三", "ÖØÇì", "ÖØÇìÊÐ", "王?", "李\ufffd", "赵\ue000", "閲嶅簡甯"]),
    [
      ["warning", "QZ_TEXT_MISREAD", { column: "xm", count: 2, rows: 7, charset: "gbk" }],
      ["warning", "QZ_TEXT_DAMAGED", { column: "xm", count: 2, rows: 7 }],
      ["warning", "QZ_TEXT_PRIVATE", { column: "xm", count: 1, rows: 7 }],
      ["warning", "QZ_TEXT_MISREAD", { column: "xm", count: 1, rows: 7, charset: "utf-8" }],
    ],
  );
});

test("check finds nothing in good texts, and looks at a source that can only list as well", async () => {
  assert.deepEqual(await found(["张三", "Müller"]), []);
  assert.equal((await found(["ÖØÇì"], true)).length, 1);
});

test("check asks for no order in mode replace, where the key may be of any type", async () => {
  const read: Partial<Source> = {
    scan: () => Promise.reject(new QianzhiError("QZ_CURSOR_TYPE", { column: "id", type: "json" })),
    async *list(_relation, _columns, _signal, where) {
      yield { rows: [["1", where ?? ""]] };
    },
  };
  const { signal } = new AbortController();
  const replaced = { ...config, mode: "replace", where: "王?" } as const;
  const findings = await checkTexts(replaced, columns, read as Source, signal);
  assert.deepEqual(
    findings.map(({ error: { code } }) => code),
    ["QZ_TEXT_DAMAGED"],
  );
});
