import assert from "node:assert/strict";
import { test } from "node:test";
import {
  canonicaliser,
  defineResource,
  isRefused,
  QianzhiError,
  readDescriptor,
} from "../src/index.ts";
import type { Item, ResourceDescriptor } from "../src/index.ts";

const withMinimum = (minimum: number | string): ResourceDescriptor => ({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "thing",
  name: "物",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: ["id"],
  items: [
    { identifier: "id", name: "编号", type: "string", maxLength: 8 },
    { identifier: "n", name: "数", type: "decimal", precision: 38, scale: 18, minimum },
  ],
});

const codeOf = (item: Partial<Item>, value: unknown): unknown => {
  const result = canonicaliser({ identifier: "n", name: "数", ...item } as Item, {
    offset: "+08:00",
  })(value);
  return isRefused(result) ? result.code : result;
};

test("a number that may have lost digits on its way is refused; as a text or bigint it is taken", () => {
  for (const type of ["integer", "decimal"] as const) {
    for (const value of [2 ** 53, -(2 ** 53), 1e21, Number("12345678901234567890")])
      assert.equal(codeOf({ type }, value), "QZ_VALUE_INEXACT", `${type} ${value}`);
    for (const value of [Number.NaN, Infinity])
      assert.equal(codeOf({ type }, value), "QZ_NUMBER_INVALID", `${type} ${value}`);
    assert.equal(codeOf({ type }, "9007199254740993"), "9007199254740993");
    assert.equal(codeOf({ type }, 9007199254740993n), "9007199254740993");
  }
});

test("a limit in a descriptor that may have lost digits as a number has to be quoted", () => {
  for (const minimum of [Number("0.12345678901234567"), 2 ** 60, 123456789012.34567])
    assert.throws(
      () => defineResource(withMinimum(minimum)),
      (error) => QianzhiError.is(error) && /in quotes/.test(error.message),
      String(minimum),
    );
  for (const minimum of [0.1, 2 ** 53 - 1, 1234567890123.45, "0.12345678901234567"])
    defineResource(withMinimum(minimum));
});

test("a limit in a file that no double holds has to be quoted, and is told with its place", () => {
  const file = (limit: string) =>
    `apiVersion: qianzhi/v1
kind: Resource
code: "307001001/000017"
identifier: readings
name: 读数
version: 1.0.0
provider: { name: 某局, code: 11500000000000000D }
share: { type: unconditional }
updateCycle: daily
key: [id]
items:
  - { identifier: id, name: 编号, type: string, maxLength: 9 }
  - { identifier: level, name: 水位, type: decimal, precision: 30, scale: 20, minimum: ${limit} }
`;
  for (const limit of ["0.1000000000000000055", "1e-400", "9007199254740993", "0x20000000000001"]) {
    const { errors } = readDescriptor(file(limit), "readings.yaml");
    assert.deepEqual(
      errors.map(({ line, column, message }) => [line, column, message]),
      [[13, 86, "must be written in plain digits, in quotes"]],
      limit,
    );
  }
  for (const limit of ["0.1", "-7.50", "9007199254740991", '"0.1000000000000000055"'])
    assert.deepEqual(readDescriptor(file(limit), "readings.yaml").errors, [], limit);
});

test("what is no descriptor at all is an error of ours", () => {
  for (const nothing of [null, undefined, 7, "x", []])
    assert.throws(
      () => defineResource(nothing as never),
      (error) => QianzhiError.is(error) && error.code === "QZ_DESCRIPTOR_INVALID",
    );
});
