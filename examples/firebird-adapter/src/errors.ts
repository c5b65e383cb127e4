import type { ErrorCode, QianzhiError } from "@qianzhi/sdk";
import { bySocket, doubleQuoted as quote, sourceFault } from "@qianzhi/sql";
import type { FaultContext, SourceWords } from "@qianzhi/sql";

/** Of the server's numbers the driver hands over the first alone, often "dynamic SQL error". Its texts are in English always. */
const byText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/user name and password are not defined/, "QZ_SOURCE_AUTH"],
  [/^I\/O error/, "QZ_DATABASE_NOT_FOUND"],
  [/Table unknown, (.+?), At line/, "QZ_TABLE_NOT_FOUND"],
  [/Column unknown, (.+?), At line/, "QZ_COLUMN_NOT_FOUND"],
  [/^No permission for/i, "QZ_SOURCE_DENIED"],
  // Somebody changes the table, or a transaction waits for the second phase of its commit.
  [/deadlock|lock conflict|lock time-?out|limbo/i, "QZ_LOCK_TIMEOUT"],
  [/operation was cancelled/i, "QZ_SOURCE_TIMEOUT"],
  [/connection shutdown|server was lost|connection is closed/i, "QZ_SOURCE_LOST"],
];

/** A driver's error as one of ours. */
export function firebirdFault(
  thrown: unknown,
  words: SourceWords,
  context: FaultContext,
): QianzhiError {
  const { code = "", message } = thrown as Error & { readonly code?: string };
  const [pattern, found = bySocket[code]] = byText.find(([text]) => text.test(message)) ?? [];
  // A message may quote a value, of a row or of the statement.
  const shown = context.bound === true ? "…" : message.replaceAll(/"[^"]*"?/g, '"…"');
  return sourceFault(found, words, {
    ...context,
    named: pattern?.exec(message)?.[1],
    details: { grant: `GRANT SELECT ON ${quote(context.name)} TO ${quote(words.user)};` },
    cause: new Error(shown),
  });
}
