import type { ErrorCode, QianzhiError } from "@qianzhi/sdk";
import {
  doubleQuoted as quote,
  sourceFault,
  type FaultDetails,
  type SourceWords,
} from "@qianzhi/sql";

/** The table and the column as the server's text names them. */
interface ObjectDetails extends Omit<FaultDetails, "named"> {
  readonly table: string | undefined;
  readonly column: string | undefined;
}

/** An error that may be of a missing or closed object. */
export function objectFault(
  code: ErrorCode | undefined,
  words: SourceWords,
  { table, column, ...fault }: ObjectDetails,
): QianzhiError {
  const { database, user } = words;
  const named = { QZ_DATABASE_NOT_FOUND: database, QZ_COLUMN_NOT_FOUND: column }[String(code)];
  if (code !== "QZ_SOURCE_DENIED")
    return sourceFault(code, words, { ...fault, named: named ?? table });
  const on = fault.name.split(".").map(quote).join(".");
  const grant = `GRANT SELECT ON ${on} TO ${quote(user)};`;
  const operation = fault.operation === "" ? "SELECT" : fault.operation;
  return sourceFault(code, words, { ...fault, operation, details: { grant } });
}
