import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError, settleReasons, type Column, type Horizon, type Source } from "@qianzhi/sdk";
import { checkHorizon } from "../src/check/check-horizon.ts";

const cursor: Column = { name: "at", type: "datetime", native: "datetime", nullable: false };
const config = { name: "persons", relation: { table: ["t"] }, settleMs: 5_000 };

const check = (horizon: Omit<Horizon, "below"> | undefined, column = cursor) => {
  const source = (horizon === undefined
    ? {}
    : { horizon: async () => ({ below: "", ...horizon }) }) as unknown as Source;
  return checkHorizon(column, config, source, new AbortController().signal);
};

test("check says that a pipeline's horizon is exact, also at the first poll", async () => {
  assert.equal((await check({ exact: true })).error.code, "QZ_HORIZON_EXACT");
  const first = await check({ exact: false, because: "first-poll" });
  assert.equal(first.error.code, "QZ_HORIZON_EXACT");
});

test("check warns of a missing right with the grant, ready to paste, in both languages", async () => {
  const grant = "GRANT PROCESS ON *.* TO 'reader'@'%';";
  const { severity, error } = await check({ exact: false, because: "privilege", grant });
  assert.deepEqual([severity, error.code], ["warning", "QZ_HORIZON_PRIVILEGE"]);
  for (const language of ["en", "zh"] as const)
    assert.ok(describeError(error, language).hint.endsWith(grant));
});

test("check has words for every reason, without a gap in them", async () => {
  for (const because of settleReasons) {
    const { error } = await check({ exact: false, because, grant: "G" });
    for (const language of ["en", "zh"] as const) {
      const { message, hint } = describeError(error, language);
      assert.doesNotMatch(message + hint, /[{}]|undefined/);
    }
  }
});

test("check says settle time for a source that tells nothing, and for a counter", async () => {
  assert.equal((await check(undefined)).error.code, "QZ_SETTLE_ONLY");
  const counter: Column = { ...cursor, type: "integer" };
  assert.equal((await check({ exact: true }, counter)).error.code, "QZ_SETTLE_ONLY");
});
