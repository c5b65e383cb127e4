import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { QianzhiError } from "@qianzhi/sdk";
import { retryDelay } from "../../src/index.ts";

const failures = fc.integer({ min: 1, max: 1_000 });
const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });

test("a lost connection is retried within seconds first and within a minute later, never at once", () => {
  const lost = new QianzhiError("QZ_PLATFORM_UNREACHABLE");
  fc.assert(
    fc.property(failures, fraction, (count, random) => {
      const delay = retryDelay(lost, count, random);
      assert.ok(delay >= 500 && delay <= Math.min(60_000, 1_000 * 2 ** (count - 1)));
    }),
  );
});

test("a refused signature waits long enough that nothing is hammered", () => {
  const refused = new QianzhiError("QZ_SIGNATURE_INVALID");
  assert.ok(retryDelay(refused, 1, 0) >= 450_000);
});

test("a platform that says when is not asked sooner, nor put off for ever", () => {
  const busy = (retryAfterMs: number) => new QianzhiError("QZ_PLATFORM_BUSY", { retryAfterMs });
  assert.equal(retryDelay(busy(90_000), 1, 0), 90_000);
  assert.equal(retryDelay(busy(1e12), 1, 0), 3_600_000);
  assert.ok(retryDelay(busy(-5), 1, 0) > 0);
});
