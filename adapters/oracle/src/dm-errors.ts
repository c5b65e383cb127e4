import type { QianzhiError } from "@qianzhi/sdk";
import { codesOf, type FaultContext, type SourceWords } from "@qianzhi/sql";
import { objectFault } from "./object-fault.ts";

/** Negative numbers are the server's, positive ones the driver's; no server has been seen to give them. */
const codeOfNumber = codesOf({
  QZ_SOURCE_AUTH: "-2501",
  QZ_SOURCE_DENIED: "-5504",
  QZ_TABLE_NOT_FOUND: "-2104 -2106",
  QZ_COLUMN_NOT_FOUND: "-2111",
  // No such schema, for SET SCHEMA.
  QZ_DATABASE_NOT_FOUND: "-2103",
  QZ_SOURCE_BUSY: "-6001",
  QZ_SOURCE_LOST: "-6007 6001 6060",
  QZ_SOURCE_UNREACHABLE: "20009",
  QZ_SOURCE_TIMEOUT: "-608 20010",
  QZ_LOCK_TIMEOUT: "-6403 -6407",
  QZ_CANCELLED: "-6515",
});

export const dmNumber = (error: unknown): number =>
  Number((error as { readonly errCode?: unknown }).errCode ?? 0);

/** The server refused a statement; a lost connection is no refusal. */
export const isDmRefusal = (error: unknown): boolean => {
  const number = dmNumber(error);
  return (
    number < 0 &&
    !["QZ_SOURCE_LOST", "QZ_CANCELLED"].includes(codeOfNumber.get(String(number)) ?? "")
  );
};

/** The driver's error as one of ours. Texts name the object in brackets: `Invalid table or view name [PERSON]`. */
export function dmFault(thrown: unknown, words: SourceWords, context: FaultContext): QianzhiError {
  const number = dmNumber(thrown);
  const [text = ""] = (thrown as Error).message.split("\n");
  // A server that answers a login with a number unknown here is asked again slowly: it may count towards a lock.
  const atLogin = context.connecting === true && number < 0 ? "QZ_SOURCE_AUTH" : undefined;
  const named = [...text.matchAll(/\[([^\]]+)\]/g)]
    .map(([, word = ""]) => word)
    .slice(1)
    .at(-1);
  return objectFault(codeOfNumber.get(String(number)) ?? atLogin, words, {
    ...context,
    table: named,
    column: named,
    cause: discreet(thrown as Error, number, text),
  });
}

/** What a number without a name here says may quote a row: only those that are known are shown. */
function discreet(error: Error, number: number, text: string): Error {
  error.message = codeOfNumber.has(String(number)) ? text : number === 0 ? "…" : `[${number}] …`;
  delete error.stack;
  return error;
}
