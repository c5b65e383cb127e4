import type { QianzhiError } from "@qianzhi/sdk";
import { codesOf, type FaultContext, type SourceWords } from "@qianzhi/sql";
import { objectFault } from "./object-fault.ts";

/** By the first code of the driver's or the server's message. */
const codes = codesOf({
  // A wrong name or password; without CREATE SESSION, restricted, locked, expired.
  QZ_SOURCE_AUTH: `ORA-01004 ORA-01005 ORA-01017 ORA-01035 ORA-01045 ORA-28000 ORA-28001 ORA-28040
    NJS-101`,
  QZ_ORACLE_CLIENT: "NJS-116 NJS-118 NJS-138 NJS-533 DPI-1047 DPI-1050 DPI-1072",
  QZ_SOURCE_DENIED: "ORA-01031 ORA-01720 ORA-41900",
  QZ_TABLE_NOT_FOUND: "ORA-00942 ORA-00980 ORA-04043",
  QZ_COLUMN_NOT_FOUND: "ORA-00904",
  // The listener does not know the service, the instance or the alias; no such schema, for CURRENT_SCHEMA (ORA-01435).
  QZ_DATABASE_NOT_FOUND: `ORA-12154 ORA-12505 ORA-12514 ORA-12521 NJS-516 NJS-517 NJS-518 NJS-519 NJS-520
    ORA-01435`,
  // Starting, stopping or not open.
  QZ_SOURCE_UNREACHABLE: `ORA-01033 ORA-01034 ORA-01090 ORA-01109 ORA-12170 ORA-12528 ORA-12541 ORA-12543
    ORA-12545 NJS-503 NJS-510 NJS-511 NJS-530`,
  // Sessions or processes, of the account or of all; the profile's share of work.
  QZ_SOURCE_BUSY: "ORA-00018 ORA-00020 ORA-02391 ORA-02392 ORA-02395 ORA-12516 ORA-12519 ORA-12520",
  // Temporary and other segments, undo, memory; the archiver is stuck, and nobody but a DBA gets in.
  QZ_SOURCE_FULL: "ORA-00257 ORA-01114 ORA-01652 ORA-01653 ORA-04030 ORA-04031 ORA-04036 ORA-30036",
  QZ_SOURCE_LOST: `NJS-003 NJS-500 NJS-501 NJS-513 NJS-521 ORA-00028 ORA-01012 ORA-01089 ORA-02396
    ORA-03113 ORA-03114 ORA-03135 ORA-12537 ORA-12547`,
  QZ_SOURCE_TLS: "NJS-505 NJS-506 NJS-507 NJS-508 NJS-529 ORA-28759 ORA-28860 ORA-29024",
  QZ_SOURCE_TIMEOUT: "NJS-123 ORA-00040",
  QZ_LOCK_TIMEOUT: "ORA-00054 ORA-00060 ORA-04021 ORA-30006",
  // A page whose undo is gone is read again from its own moment; so is a definition that changed meanwhile.
  QZ_SNAPSHOT_LOST: "ORA-01555 ORA-08103 ORA-01466",
  QZ_CANCELLED: "ORA-01013",
});

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
    code.startsWith("ORA-") && !["QZ_SOURCE_LOST", "QZ_CANCELLED"].includes(codes.get(code) ?? "")
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
  const code = codes.get(number);
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
  const shown = codes.has(number) || /^(NJS|DPI)-/.test(number) || parsing.test(number);
  error.message = shown ? text : number === "" ? "…" : `${number}: …`;
  delete error.stack;
  return error;
}
