import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Compression } from "@qianzhi/exchange";
import type { Life } from "./life.ts";
import type { Dice } from "./seeded-random.ts";
import type { WorldShape } from "./world-shape.ts";

const FASTEST = 1;

/** The product's compression works on other threads, whose order nothing here decides; here it takes simulated time. */
export const compressionOf = (
  { encoding, compressMs }: WorldShape,
  life: Life,
  dice: Dice,
): Compression => ({
  encodings: encoding === "gzip" ? ["gzip", "identity"] : ["identity"],
  async compress(bytes, asked) {
    if (compressMs > 0) await life.sleep(dice.between(0, compressMs));
    return asked === "gzip" ? gzipSync(bytes, { level: FASTEST }) : bytes;
  },
  decompress: async (body, stored) => (stored === "gzip" ? gunzipSync(body) : body),
  sha256: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
});
