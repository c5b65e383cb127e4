import type { ErrorCode, QianzhiError } from "@qianzhi/sdk";
import type { FaultContext, SourceWords } from "@qianzhi/sql";
import { objectFault } from "./object-fault.ts";

/** By the first code of the driver's or the server's message. */
const byCode: Readonly<Record<string, ErrorCode>> = {
  "ORA-01004": "QZ_SOURCE_AUTH",
  "ORA-01005": "QZ_SOURCE_AUTH",
  "ORA-01017": "QZ_SOURCE_AUTH",
  // Without CREATE SESSION, restricted, locked, expired.
  "ORA-01035": "QZ_SOURCE_AUTH",
  "ORA-01045": "QZ_SOURCE_AUTH",
  "ORA-28000": "QZ_SOURCE_AUTH",
  "ORA-28001": "QZ_SOURCE_AUTH",
  "ORA-28040": "QZ_SOURCE_AUTH",
  "NJS-101": "QZ_SOURCE_AUTH",
  "NJS-116": "QZ_ORACLE_CLIENT",
  "NJS-118": "QZ_ORACLE_CLIENT",
  "NJS-138": "QZ_ORACLE_CLIENT",
  "NJS-533": "QZ_ORACLE_CLIENT",
  "DPI-1047": "QZ_ORACLE_CLIENT",
  "DPI-1050": "QZ_ORACLE_CLIENT",
  "DPI-1072": "QZ_ORACLE_CLIENT",
  "ORA-01031": "QZ_SOURCE_DENIED",
  "ORA-01720": "QZ_SOURCE_DENIED",
  "ORA-41900": "QZ_SOURCE_DENIED",
  "ORA-00942": "QZ_TABLE_NOT_FOUND",
  "ORA-00980": "QZ_TABLE_NOT_FOUND",
  "ORA-04043": "QZ_TABLE_NOT_FOUND",
  "ORA-00904": "QZ_COLUMN_NOT_FOUND",
  // The listener does not know the service, the instance or the alias.
  "ORA-12154": "QZ_DATABASE_NOT_FOUND",
  "ORA-12505": "QZ_DATABASE_NOT_FOUND",
  "ORA-12514": "QZ_DATABASE_NOT_FOUND",
  "ORA-12521": "QZ_DATABASE_NOT_FOUND",
  "NJS-516": "QZ_DATABASE_NOT_FOUND",
  "NJS-517": "QZ_DATABASE_NOT_FOUND",
  "NJS-518": "QZ_DATABASE_NOT_FOUND",
  "NJS-519": "QZ_DATABASE_NOT_FOUND",
  "NJS-520": "QZ_DATABASE_NOT_FOUND",
  // No schema of this name, for CURRENT_SCHEMA.
  "ORA-01435": "QZ_DATABASE_NOT_FOUND",
  // Starting, stopping or not open.
  "ORA-01033": "QZ_SOURCE_UNREACHABLE",
  "ORA-01034": "QZ_SOURCE_UNREACHABLE",
  "ORA-01090": "QZ_SOURCE_UNREACHABLE",
  "ORA-01109": "QZ_SOURCE_UNREACHABLE",
  "ORA-12170": "QZ_SOURCE_UNREACHABLE",
  "ORA-12528": "QZ_SOURCE_UNREACHABLE",
  "ORA-12541": "QZ_SOURCE_UNREACHABLE",
  "ORA-12543": "QZ_SOURCE_UNREACHABLE",
  "ORA-12545": "QZ_SOURCE_UNREACHABLE",
  "NJS-503": "QZ_SOURCE_UNREACHABLE",
  "NJS-510": "QZ_SOURCE_UNREACHABLE",
  "NJS-511": "QZ_SOURCE_UNREACHABLE",
  "NJS-530": "QZ_SOURCE_UNREACHABLE",
  // Sessions or processes, of the account or of all; the profile's share of work.
  "ORA-00018": "QZ_SOURCE_BUSY",
  "ORA-00020": "QZ_SOURCE_BUSY",
  "ORA-02391": "QZ_SOURCE_BUSY",
  "ORA-02392": "QZ_SOURCE_BUSY",
  "ORA-02395": "QZ_SOURCE_BUSY",
  "ORA-12516": "QZ_SOURCE_BUSY",
  "ORA-12519": "QZ_SOURCE_BUSY",
  "ORA-12520": "QZ_SOURCE_BUSY",
  // Temporary and other segments, undo, memory; the archiver is stuck, and nobody but a DBA gets in.
  "ORA-00257": "QZ_SOURCE_FULL",
  "ORA-01114": "QZ_SOURCE_FULL",
  "ORA-01652": "QZ_SOURCE_FULL",
  "ORA-01653": "QZ_SOURCE_FULL",
  "ORA-04030": "QZ_SOURCE_FULL",
  "ORA-04031": "QZ_SOURCE_FULL",
  "ORA-04036": "QZ_SOURCE_FULL",
  "ORA-30036": "QZ_SOURCE_FULL",
  "NJS-003": "QZ_SOURCE_LOST",
  "NJS-500": "QZ_SOURCE_LOST",
  "NJS-501": "QZ_SOURCE_LOST",
  "NJS-513": "QZ_SOURCE_LOST",
  "NJS-521": "QZ_SOURCE_LOST",
  "ORA-00028": "QZ_SOURCE_LOST",
  "ORA-01012": "QZ_SOURCE_LOST",
  "ORA-01089": "QZ_SOURCE_LOST",
  "ORA-02396": "QZ_SOURCE_LOST",
  "ORA-03113": "QZ_SOURCE_LOST",
  "ORA-03114": "QZ_SOURCE_LOST",
  "ORA-03135": "QZ_SOURCE_LOST",
  "ORA-12537": "QZ_SOURCE_LOST",
  "ORA-12547": "QZ_SOURCE_LOST",
  "NJS-505": "QZ_SOURCE_TLS",
  "NJS-506": "QZ_SOURCE_TLS",
  "NJS-507": "QZ_SOURCE_TLS",
  "NJS-508": "QZ_SOURCE_TLS",
  "NJS-529": "QZ_SOURCE_TLS",
  "ORA-28759": "QZ_SOURCE_TLS",
  "ORA-28860": "QZ_SOURCE_TLS",
  "ORA-29024": "QZ_SOURCE_TLS",
  "NJS-123": "QZ_SOURCE_TIMEOUT",
  "ORA-00040": "QZ_SOURCE_TIMEOUT",
  "ORA-00054": "QZ_LOCK_TIMEOUT",
  "ORA-00060": "QZ_LOCK_TIMEOUT",
  "ORA-04021": "QZ_LOCK_TIMEOUT",
  "ORA-30006": "QZ_LOCK_TIMEOUT",
  // A page whose undo is gone is read again from its own moment; so is a definition that changed meanwhile.
  "ORA-01555": "QZ_SNAPSHOT_LOST",
  "ORA-08103": "QZ_SNAPSHOT_LOST",
  "ORA-01466": "QZ_SNAPSHOT_LOST",
  "ORA-01013": "QZ_CANCELLED",
};

/** Of these, and of what the parser says, the text names no value of a row. */
const parsing = /^ORA-009(0[0-9]|1[0-9]|2[0-9]|3[0-9]|4[0-9]|7[0-9])/;

export const codeIn = (error: unknown): string => {
  const { code, message = "" } = error as { code?: unknown; message?: string };
  return (
    /^[A-Z]{3}-\d{3,5}/.exec(String(code))?.[0] ??
    /\b(ORA|NJS|DPI)-\d{3,5}/.exec(message)?.[0] ??
    ""
  );
};

/** The server refused a statement; a lost connection is no refusal. */
export function isRefusal(error: unknown): boolean {
  const code = codeIn(error);
  return (
    code.startsWith("ORA-") && !["QZ_SOURCE_LOST", "QZ_CANCELLED"].includes(byCode[code] ?? "")
  );
}

/** A driver's error as one of ours. */
export function oracleFault(
  thrown: unknown,
  words: SourceWords,
  context: FaultContext,
): QianzhiError {
  const error = thrown as Error;
  const number = codeIn(error);
  const [text = ""] = error.message.split("\n");
  const code = byCode[number];
  const aboutClient = code === "QZ_SOURCE_TLS" || code === "QZ_ORACLE_CLIENT";
  const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
  return objectFault(code, words, {
    ...context,
    table: quoted.length === 0 ? undefined : quoted.join("."),
    column: quoted.at(-1),
    details: aboutClient ? { problem: text } : {},
    cause: discreet(error, number, text),
  });
}

/**
 * The driver's error without the statement and what the server quotes of a row: errors of conversions, of constraints
 * and of procedures do that. Changed in place, since its stack repeats it.
 */
function discreet(error: Error, number: string, text: string): Error {
  const shown = byCode[number] !== undefined || /^(NJS|DPI)-/.test(number) || parsing.test(number);
  error.message = shown ? text : number === "" ? "…" : `${number}: …`;
  delete error.stack;
  return error;
}
