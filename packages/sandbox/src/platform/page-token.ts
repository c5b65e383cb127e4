import { createCipheriv, createDecipheriv } from "node:crypto";
import { QianzhiError, type Random } from "@qianzhi/sdk";
import type { Database } from "../store/database.ts";

/** Turns the key where a page ends into an opaque token and back: a key may be an identity number, and URLs get logged. */
export interface PageTokens {
  seal(keyText: string): string;
  /** QZ_REQUEST_INVALID for a token that this platform did not make. */
  open(token: string): string;
}

/** Tokens under a secret of the platform's own, which is made once and kept in its database. */
export function pageTokens(database: Database, random: Random): PageTokens {
  database
    .prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('page-secret', ?)")
    .run(random.bytes(32));
  const row = database.prepare("SELECT value FROM meta WHERE name = 'page-secret'").get() as {
    value: Uint8Array;
  };
  const secret = row.value;
  return {
    seal(keyText) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv("aes-256-gcm", secret, nonce);
      const sealed = Buffer.concat([
        nonce,
        cipher.update(keyText, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return sealed.toString("base64url");
    },
    open(token) {
      const sealed = Buffer.from(token, "base64url");
      try {
        const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(0, 12));
        decipher.setAuthTag(sealed.subarray(-16));
        return (
          decipher.update(sealed.subarray(12, -16), undefined, "utf8") + decipher.final("utf8")
        );
      } catch {
        throw new QianzhiError("QZ_REQUEST_INVALID", {
          problem: "`after` is not a `next` of this platform",
        });
      }
    },
  };
}
