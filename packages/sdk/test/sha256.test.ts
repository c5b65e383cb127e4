import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { plainSha256 } from "../src/resource/plain-sha256.ts";
import { sha256, sha256Hex } from "../src/resource/sha256.ts";

test("SHA-256 without the runtime's own is the same, of bytes and of texts", () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(hex(plainSha256(bytes)), hex(sha256(bytes)));
      assert.equal(sha256Hex(bytes), hex(sha256(bytes)));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) =>
      assert.equal(hex(plainSha256(text)), hex(sha256(text))),
    ),
  );
});

test("no module of the SDK imports from the runtime, so that a browser can load it", () => {
  const source = join(import.meta.dirname, "../src");
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".js")) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    assert.doesNotMatch(text, /from "node:/, entry.name);
  }
});
