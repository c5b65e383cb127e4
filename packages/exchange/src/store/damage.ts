import { isAbsolute, join } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";

export const STORE_FILE = "outbox.db";
export const SECRET_FILE = "site.secret";

/** Whether an error says that what a store holds is damaged. Other files of the directory are nobody's memory. */
export function isDamage(error: unknown, directory: string): error is QianzhiError {
  if (!QianzhiError.is(error) || error.code !== "QZ_STORE_CORRUPT") return false;
  const path = String(error.details["path"]);
  const own = [directory, join(directory, STORE_FILE), join(directory, SECRET_FILE)];
  // Whoever decrypts or decodes a content knows no more than its table.
  return !isAbsolute(path) || own.includes(path);
}
