import {
  isClosedSql,
  QianzhiError,
  type Column,
  type Relation,
  type RelationDescription,
} from "@qianzhi/sdk";
import type { Dialect } from "./dialect.ts";

/** The relation as it stands after FROM. A table keeps its name, so that predicates may qualify columns with it. */
export function fromClause(relation: Relation, dialect: Pick<Dialect, "quote">): string {
  if ("table" in relation) return relation.table.map((part) => dialect.quote(part)).join(".");
  // The line break ends a comment at the end of the query.
  return `(${closed("query", relation.query)}\n) ${dialect.quote("q")}`;
}

/** What an error calls the relation. */
export function relationName(relation: Relation): string {
  return "table" in relation ? relation.table.join(".") : "query";
}

/** The column of this name: exactly, else the only one that differs in case. QZ_COLUMN_NOT_FOUND otherwise. */
export function findColumn(description: RelationDescription, name: string): Column {
  const exact = description.columns.find((column) => column.name === name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  const similar = description.columns.filter((column) => column.name.toLowerCase() === folded);
  if (similar.length === 1) return similar[0]!;
  throw new QianzhiError("QZ_COLUMN_NOT_FOUND", {
    name: description.name.join("."),
    column: name,
    columns: description.columns.map((column) => column.name),
  });
}

/** For an order by a column whose values a position cannot find again. */
export const notOrderable = ({ name, native }: Column): QianzhiError =>
  new QianzhiError("QZ_CURSOR_TYPE", { column: name, type: native });

const withoutTerminator = (sql: string) => sql.replace(/[;\s]+$/, "");

/** A predicate of the configuration as one operand. */
export const operand = (predicate: string): string =>
  `(${closed("where / deletedWhen", predicate)}\n)`;

/** The configuration is checked when it is loaded; here it is what reaches the source that counts. */
function closed(place: string, sql: string): string {
  if (isClosedSql(sql)) return withoutTerminator(sql);
  throw new QianzhiError("QZ_CONFIG_INVALID", {
    count: 1,
    problem: `${place}: parentheses, quotes or comments do not pair up / 括号、引号或注释不成对`,
  });
}
