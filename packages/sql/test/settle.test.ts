import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "@qianzhi/sdk";
import { settleHorizon } from "../src/settle.ts";

const column = (type: Column["type"], fraction?: number): Column => ({
  name: "at",
  type,
  native: type,
  nullable: false,
  ...(fraction === undefined ? {} : { fraction }),
});

test("the horizon lies a settle time behind the source's clock, cut to what the column can hold", () => {
  const now = "2026-01-01 00:00:02.987654";
  assert.equal(settleHorizon(now, 5000, column("datetime")).below, "2025-12-31 23:59:57");
  assert.equal(settleHorizon(now, 5000, column("datetime", 3)).below, "2025-12-31 23:59:57.987");
  assert.equal(settleHorizon(now, 5000, column("date")).below, "2025-12-31");
});

test("a column that holds no time has no settled horizon", () => {
  assert.throws(() => settleHorizon("2026-01-01 00:00:00", 0, column("integer")), {
    code: "QZ_CURSOR_TYPE",
  });
});
