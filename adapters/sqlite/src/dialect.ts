import { QianzhiError } from "@qianzhi/sdk";
import type { Dialect } from "@qianzhi/sql";
import { boundOf, rawOf } from "./types.ts";

/** Not with double quotes: SQLite takes an unknown name in those for a text, and a dropped column would read as its name. */
const quote = (identifier: string) => `\`${identifier.replaceAll("`", "``")}\``;

export const sqliteDialect: Dialect = {
  quote,
  read: ({ name, type }, bytes) => ({
    sql: bytes ? `CAST(${quote(name)} AS BLOB)` : quote(name),
    convert: rawOf(type),
  }),
  order(column, bytes) {
    if (column.type === "other" || column.type === "json" || column.type === "double") {
      throw new QianzhiError("QZ_CURSOR_TYPE", { column: column.name, type: column.native });
    }
    return {
      sql: quote(column.name),
      bind: (value) => ({
        sql: bytes ? "CAST(? AS TEXT)" : "?",
        params: [boundOf(column.type, value)],
      }),
      rawEquality: false,
    };
  },
  first: (statement, rows) => `${statement} LIMIT ${rows}`,
  rowComparison: true,
};
