import assert from "node:assert/strict";
import { test } from "node:test";
import type { Column } from "@qianzhi/sdk";
import { stampOf } from "../src/stamp.ts";
import { less } from "../src/wall-clock.ts";

const column = (type: Column["type"], fraction?: number): Column => ({
  name: "at",
  type,
  native: type,
  nullable: false,
  ...(fraction === undefined ? {} : { fraction }),
});
const stamp = (bound: string, of: Column) => stampOf(bound, of, "+08:00");

test("a bound is cut to what the column can hold", () => {
  const bound = less("2026-01-01 00:00:02.987654", 5000);
  assert.equal(stamp(bound, column("datetime")), "2025-12-31 23:59:57");
  assert.equal(stamp(bound, column("datetime", 6)), "2025-12-31 23:59:57.987");
  assert.equal(stamp(bound, column("datetime", 1)), "2025-12-31 23:59:57.9");
  assert.equal(stamp(bound, column("instant", 6)), "2025-12-31 23:59:57.987+08:00");
  assert.equal(stamp(bound, column("date")), "2025-12-31");
});

test("a clock that prints no fraction, or less than three digits of it, is read as it is", () => {
  assert.equal(less("2026-01-01 00:00:02", 0), "2026-01-01 00:00:02.000");
  assert.equal(less("2026-01-01 00:00:02.5", 250), "2026-01-01 00:00:02.250");
});

test("a column that holds no time has no horizon of time", () => {
  assert.throws(() => stamp("2026-01-01 00:00:00.000", column("integer")), {
    code: "QZ_CURSOR_TYPE",
  });
});
