import { closeSync, existsSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import type { FaultContext } from "@qianzhi/sql";

/** An error of the SQLite driver as one of ours, by SQLite's result code. */
export function sqliteFault(
  error: unknown,
  context: FaultContext & { source: string; path: string },
): QianzhiError {
  const { path, ...details } = context;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message: string };
  const fault = (known: ConstructorParameters<typeof QianzhiError>[0], more: object = {}) =>
    new QianzhiError(known, { ...details, ...more }, { cause: error });
  /** In WAL mode a reader writes two files beside it, where no other has them open. */
  const deniedBeside = (): QianzhiError => {
    const name = dirname(path);
    const grant = `setfacl -m u:qianzhi:rwx ${name}; systemctl edit qianzhi: [Service] ReadWritePaths=${name}`;
    return fault("QZ_SOURCE_DENIED", { operation: "write", name, grant });
  };
  const denied = (): QianzhiError =>
    fault("QZ_SOURCE_DENIED", {
      operation: "read",
      name: path,
      grant: `setfacl -m u:qianzhi:r ${path}`,
    });
  switch ((errcode ?? 0) & 0xff) {
    case 3:
    case 23:
      return denied();
    case 5:
    case 6:
      return fault("QZ_LOCK_TIMEOUT");
    case 10:
      // So a folder answers to being opened.
      return context.operation === "open"
        ? fault("QZ_DATABASE_NOT_FOUND", { name: path })
        : fault("QZ_SOURCE_LOST");
    case 11:
    case 26:
      return fault("QZ_SOURCE_DAMAGED", { problem: message });
    case 7:
    case 13:
      return fault("QZ_SOURCE_FULL");
    case 8:
      return deniedBeside();
    case 14:
      if (!existsSync(path)) return fault("QZ_DATABASE_NOT_FOUND", { name: path });
      return isReadable(path) ? deniedBeside() : denied();
    default:
      break;
  }
  // One of the two drivers leaves the code out when a statement steps onto a lock.
  if (/^database (table )?is locked/.test(message)) return fault("QZ_LOCK_TIMEOUT");
  if (/^no such column: /.test(message))
    return fault("QZ_COLUMN_NOT_FOUND", { column: message.slice(16) });
  if (/^no such table: /.test(message))
    return fault("QZ_TABLE_NOT_FOUND", { name: message.slice(15) });
  if (code === "ERR_INVALID_STATE") return fault("QZ_SOURCE_LOST");
  return fault("QZ_QUERY_FAILED");
}

function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}
