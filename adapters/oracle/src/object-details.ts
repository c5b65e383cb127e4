import type { ErrorCode } from "@qianzhi/sdk";
import type { FaultContext, SourceWords } from "@qianzhi/sql";
import { quote } from "./quote.ts";

/** What an error of a missing or closed object says of it; `table` and `column` as the server's text names them. */
export function objectDetails(
  code: ErrorCode,
  {
    table,
    column = "?",
  }: { readonly table: string | undefined; readonly column: string | undefined },
  { user, database }: SourceWords,
  { name, operation }: FaultContext,
): Record<string, unknown> {
  switch (code) {
    case "QZ_DATABASE_NOT_FOUND":
      return { name: database };
    case "QZ_TABLE_NOT_FOUND":
      return { name: table ?? name };
    case "QZ_COLUMN_NOT_FOUND":
      return { column };
    case "QZ_SOURCE_DENIED": {
      const on = name.split(".").map(quote).join(".");
      return {
        operation: operation === "" ? "SELECT" : operation,
        grant: `GRANT SELECT ON ${on} TO ${quote(user)};`,
      };
    }
    default:
      return {};
  }
}
