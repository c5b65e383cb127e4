import assert from "node:assert/strict";
import { test } from "node:test";
import * as testkit from "../src/index.ts";

test("the package offers these names and no others", () => {
  assert.deepEqual(Object.keys(testkit).sort(), [
    "conformanceCases",
    "keyTraits",
    "lacking",
    "reasonToSkip",
    "sqlSession",
    "sqlTables",
    "testHost",
    "testType",
    "verifyAdapter",
    "verifySource",
    "wrongPassword",
  ]);
});
