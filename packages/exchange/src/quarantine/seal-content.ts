import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { QianzhiError, type Random } from "@qianzhi/sdk";
import type { SiteSecret } from "../store/site-secret.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts texts for the disk and hashes keys so that the hash cannot be reversed without the site's secret. */
export interface ContentSeal {
  /** nonce ‖ tag ‖ AES-256-GCM ciphertext of the UTF-8 text. */
  encrypt(text: string): Uint8Array;
  /** Throws QZ_STORE_CORRUPT when the bytes were altered or belong to another site's secret. */
  decrypt(sealed: Uint8Array): string;
  /** HMAC-SHA-256, 32 bytes. */
  hash(text: string): Uint8Array;
}

/** The seal of one purpose: two labels share neither keys nor hashes. */
export function contentSeal(secret: SiteSecret, random: Random, label: string): ContentSeal {
  const cipherKey = secret.derive(`${label}/content`);
  const hashKey = secret.derive(`${label}/hash`);
  return {
    encrypt(text) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", cipherKey, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    decrypt(sealed) {
      try {
        const decipher = createDecipheriv(
          "aes-256-gcm",
          cipherKey,
          sealed.subarray(0, NONCE_BYTES),
        );
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString("utf8");
      } catch (error) {
        throw new QianzhiError("QZ_STORE_CORRUPT", { path: "outbox.db" }, { cause: error });
      }
    },
    hash: (text) => createHmac("sha256", hashKey).update(text).digest(),
  };
}
