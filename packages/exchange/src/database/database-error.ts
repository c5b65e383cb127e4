import { QianzhiError } from "@qianzhi/sdk";

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const PERM = 3;
const IOERR_SHORT_READ = 522;
const IOERR_DATA = 8202;
const IOERR_CORRUPTFS = 8458;
const IOERR_FSYNC = 1034;
const IOERR_DIR_FSYNC = 1290;

/**
 * The typed error for one of SQLite's, by its result code; errors that are already ours pass through.
 *
 * @param isOpen The database is open already: that a file beside it cannot be opened is not for want of permission then, but
 *   of file descriptors.
 */
export function databaseError(error: unknown, path: string, isOpen = false): QianzhiError {
  if (QianzhiError.is(error)) return error;
  const options = { cause: error };
  // Reading was possible, and what came was not what was written.
  if (misread.has(extendedCode(error)))
    return new QianzhiError("QZ_STORE_CORRUPT", { path }, options);
  switch (primaryCode(error)) {
    case BUSY:
      return new QianzhiError("QZ_STORE_BUSY", { path }, options);
    case FULL:
      return new QianzhiError("QZ_DISK_FULL", { path }, options);
    case CORRUPT:
    case NOTADB:
      return new QianzhiError("QZ_STORE_CORRUPT", { path }, options);
    case CANTOPEN:
      return new QianzhiError(isOpen ? "QZ_STORE_IO" : "QZ_STORE_DENIED", { path }, options);
    case READONLY:
    case PERM:
      return new QianzhiError("QZ_STORE_DENIED", { path }, options);
    case IOERR:
      return new QianzhiError("QZ_STORE_IO", { path }, options);
    default:
      return new QianzhiError("QZ_INTERNAL", { operation: "store" }, options);
  }
}

const misread: ReadonlySet<number | undefined> = new Set([
  IOERR_SHORT_READ,
  IOERR_DATA,
  IOERR_CORRUPTFS,
]);

/** After a failed fsync the kernel may have dropped the pages: nothing in this connection can be trusted any more. */
export function isFailedSync(error: unknown): boolean {
  const code = extendedCode(error);
  return code === IOERR_FSYNC || code === IOERR_DIR_FSYNC;
}

/** SQLite's fixed texts: some methods of the package throw errors that carry the text alone. */
const texts: readonly (readonly [string, number])[] = [
  ["database is locked", BUSY],
  ["database or disk is full", FULL],
  ["disk image is malformed", CORRUPT],
  ["file is not a database", NOTADB],
  ["readonly database", READONLY],
  ["unable to open database", CANTOPEN],
  ["disk I/O error", IOERR],
];

function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  if (code !== undefined) return code & 0xff;
  const message = error instanceof Error ? error.message : "";
  return texts.find(([text]) => message.includes(text))?.[1];
}

function extendedCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  // The package names the extended code apart; node:sqlite gives it as `errcode`.
  const { sqliteExtendedCode, errcode } = error as {
    sqliteExtendedCode?: unknown;
    errcode?: unknown;
  };
  const code = sqliteExtendedCode ?? errcode;
  return typeof code === "number" ? code : undefined;
}
