import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { QianzhiError } from "@qianzhi/sdk";
import { decode } from "../src/http/content.ts";

const tooLarge = (error: unknown): boolean =>
  QianzhiError.is(error) && error.code === "QZ_BATCH_TOO_LARGE";

test("unpacking stops at the limit, however little the body is", () => {
  const packed = gzipSync(Buffer.alloc(1_000_000));
  assert.throws(() => decode(packed, "gzip", 10_000), tooLarge);
  assert.equal(decode(packed, "gzip", 1_000_000).length, 1_000_000);
});

test("a body that is not encoded has the same limit", () => {
  assert.throws(() => decode(Buffer.alloc(11), "identity", 10), tooLarge);
  assert.equal(decode(Buffer.alloc(10), "identity", 10).length, 10);
});
