import assert from "node:assert/strict";
import { test } from "node:test";
import { realClock, realRandom, realTimers } from "../src/world/real-world.ts";

test("a sleep ends early and without an error when its signal aborts, before or during it", async () => {
  const hour = 3_600_000;
  await realTimers.sleep(hour, AbortSignal.abort());
  const stop = new AbortController();
  const sleeping = realTimers.sleep(hour, stop.signal);
  stop.abort();
  await sleeping;
  await realTimers.sleep(-1);
});

test("the monotonic clock never steps back, and fractions lie in [0, 1)", () => {
  let last = realClock.monotonic();
  for (let count = 0; count < 1000; count += 1) {
    const now = realClock.monotonic();
    assert.ok(now >= last);
    last = now;
    const fraction = realRandom.fraction();
    assert.ok(fraction >= 0 && fraction < 1);
  }
  assert.equal(realRandom.bytes(16).length, 16);
});
