import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { fromClause, operand } from "../src/relation.ts";

const breaking = [
  "id = 1) OR (1 = 1",
  "name = 'a",
  'name = "a',
  "id = 1 /* and",
  "(id = 1",
  "f(')') = 1)",
];

test("what would break out of its place is refused before it is sent", () => {
  const dialect = { quote: (name: string) => name };
  for (const sql of breaking) {
    const isRefusal = (error: unknown) =>
      QianzhiError.is(error) && error.code === "QZ_CONFIG_INVALID";
    assert.throws(() => operand(sql), isRefusal, sql);
    assert.throws(() => fromClause({ query: sql }, dialect), isRefusal, sql);
  }
});

test("parentheses in texts and comments, and the ways to write a quote, are none of it", () => {
  for (const sql of [
    "name = ')' AND (a = 1 OR b = 2)",
    "name = 'O''Brien (' -- and (",
    "name = 'it\\'s (' /* ( */",
    "path = 'c:\\'",
    "a = 1 # (",
    "data #> '{a}' IS NOT NULL;",
    "`a)` = 1",
    "[a)] = 'x'",
    "tags[1] = 'x'",
  ])
    assert.match(operand(sql), /^\(/, sql);
});
