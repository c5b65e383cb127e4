import assert from "node:assert/strict";
import { test } from "node:test";
import { siteTime } from "../src/scheduler/site-time.ts";

test("moments in a text are those of the site's clocks, and nothing else of it changes", () => {
  const shanghai = siteTime("Asia/Shanghai");
  assert.equal(
    shanghai("waits since 2026-03-01T18:00:01.999Z, due at 2026-02-28T16:00:00Z"),
    "waits since 2026-03-02 02:00:01, due at 2026-03-01 00:00:00",
  );
  const held = "2026-03-01T18:00:00.000+08:00, 2026-03-01 18:00:00, 12026";
  assert.equal(shanghai(held), held);
  assert.equal(siteTime("America/New_York")("2026-07-01T04:00:00Z"), "2026-07-01 00:00:00");
});
