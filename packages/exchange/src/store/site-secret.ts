import { hkdfSync } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { QianzhiError, type Random } from "@qianzhi/sdk";
import { SECRET_FILE } from "./damage.ts";
import { closeToOthers } from "./private-file.ts";

export const SECRET_BYTES = 32;

/** Keys of this data directory, derived from `site.secret`: for keyed hashes and for encryption at rest. */
export interface SiteSecret {
  /** The 32-byte key for one purpose; the same label always gives the same key. */
  derive(label: string): Uint8Array;
}

/** Reads `site.secret`, or creates it (32 random bytes, mode 0600) when the directory is new. */
export async function openSiteSecret(directory: string, random: Random): Promise<SiteSecret> {
  const path = join(directory, SECRET_FILE);
  const secret = (await readSecret(path)) ?? (await createSecret(path, random));
  await closeToOthers(path);
  const keys = new Map<string, Uint8Array>();
  return {
    derive(label) {
      const known = keys.get(label);
      if (known !== undefined) return known;
      const key = new Uint8Array(hkdfSync("sha256", secret, "", `qianzhi/${label}`, SECRET_BYTES));
      keys.set(label, key);
      return key;
    },
  };
}

async function readSecret(path: string): Promise<Uint8Array | undefined> {
  try {
    const secret = await readFile(path);
    if (secret.length !== SECRET_BYTES) throw new QianzhiError("QZ_STORE_CORRUPT", { path });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (QianzhiError.is(error)) throw error;
    throw new QianzhiError("QZ_STORE_DENIED", { path }, { cause: error });
  }
}

/** Written whole under another name first and then linked: a crash leaves no half a secret, and of two processes one wins. */
async function createSecret(path: string, random: Random): Promise<Uint8Array> {
  const draft = `${path}.${Buffer.from(random.bytes(8)).toString("hex")}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(random.bytes(SECRET_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } catch (error) {
    throw new QianzhiError("QZ_STORE_DENIED", { path }, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === undefined) throw new QianzhiError("QZ_STORE_DENIED", { path });
  return secret;
}
