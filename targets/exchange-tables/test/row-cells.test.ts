import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "@qianzhi/sdk";
import { byteText, charactersOf, textOf } from "../src/byte-text.ts";
import { columnWriter } from "../src/column-writer.ts";
import type { TableColumn } from "../src/describe-table.ts";
import { mysql } from "../src/engine/mysql.ts";
import { compileRow } from "../src/row-cells.ts";

const column = (name: string, type: string, length: number | null = null): TableColumn => ({
  name,
  type,
  length,
  precision: null,
  scale: null,
  fraction: 0,
  nullable: true,
  filled: false,
  unsigned: false,
});
const given: readonly (readonly [Item, TableColumn])[] = [
  [{ identifier: "age", name: "年龄", type: "integer" }, column("AGE", "int")],
  [{ identifier: "name", name: "姓名", type: "string" }, column("NAME", "varchar", 3)],
  [{ identifier: "note", name: "备注", type: "text" }, column("NOTE", "text")],
  [{ identifier: "seen", name: "更新", type: "datetime" }, column("SEEN", "datetime")],
];
const items = given.map(([item, each]) => {
  const writer = columnWriter(item, each, mysql);
  assert.ok(writer);
  return { identifier: item.identifier, writer };
});
const rowOf = compileRow({ table: "t", columns: [], items });
const cellsOrReasons = (record: object) => {
  // As the row before has left it.
  const row = ["'i'", "old", "old", "old", "old"];
  return rowOf(row, 1, byteText(JSON.stringify(record))) ?? row.map(textOf);
};

test("a row has a cell for each item, whatever its value holds", () => {
  const note = 'a\\"b\n,"seen":1}\\';
  const seen = "2026-01-02T03:04:05+08:00";
  assert.deepEqual(cellsOrReasons({}), ["'i'", "NULL", "NULL", "NULL", "NULL"]);
  assert.deepEqual(cellsOrReasons({ age: -7, name: "𠮷祎'", note, seen }), [
    "'i'",
    "-7",
    "'𠮷祎'''",
    `'${note}'`,
    "'2026-01-02 03:04:05'",
  ]);
});

test("a row that does not fit has every reason, of items that the table does not know too", () => {
  const seen = "2026-01-02T03:04:05.5+08:00";
  const reasons = cellsOrReasons({ age: 1, extra: { a: [1] }, name: "四个汉字", other: "x", seen });
  assert.deepEqual(
    reasons.map((reason) => (typeof reason === "string" ? reason : [reason.item, reason.code])),
    [
      ["extra", "QZ_ITEM_UNKNOWN"],
      ["name", "QZ_COLUMN_LENGTH"],
      ["other", "QZ_ITEM_UNKNOWN"],
      ["seen", "QZ_COLUMN_DIGITS"],
    ],
  );
});

test("a byte text is the UTF-8 of a text, whose characters are counted as Unicode does", () => {
  for (const text of ["", "abc", "é渝𠮷", "\u0000\u007f\u0080"]) {
    assert.equal(textOf(byteText(text)), text);
    assert.equal(byteText(text).length, Buffer.byteLength(text));
    assert.equal(charactersOf(byteText(text)), [...text].length);
  }
});
