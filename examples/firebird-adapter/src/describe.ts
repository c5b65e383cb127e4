import type { Column, ColumnType, Relation, RelationDescription } from "@qianzhi/sdk";
import { columnFrom, fromClause, indexesFrom, summaryOf, unlisted } from "@qianzhi/sql";
import type { Field, Link } from "./connect.ts";
import { firebird } from "./dialect.ts";

const RELATIONS = `SELECT TRIM(RDB$RELATION_NAME), RDB$VIEW_BLR IS NOT NULL, RDB$DESCRIPTION
  FROM RDB$RELATIONS WHERE COALESCE(RDB$SYSTEM_FLAG, 0) = 0`;

const COLUMNS = `SELECT TRIM(r.RDB$FIELD_NAME), f.RDB$FIELD_TYPE, f.RDB$FIELD_SUB_TYPE, f.RDB$FIELD_SCALE,
    f.RDB$FIELD_PRECISION, f.RDB$CHARACTER_LENGTH, COALESCE(r.RDB$NULL_FLAG, f.RDB$NULL_FLAG, 0) = 0,
    TRIM(c.RDB$CHARACTER_SET_NAME), COALESCE(r.RDB$COLLATION_ID, f.RDB$COLLATION_ID), r.RDB$DESCRIPTION
  FROM RDB$RELATION_FIELDS r JOIN RDB$FIELDS f ON f.RDB$FIELD_NAME = r.RDB$FIELD_SOURCE
  LEFT JOIN RDB$CHARACTER_SETS c ON c.RDB$CHARACTER_SET_ID = f.RDB$CHARACTER_SET_ID
  WHERE r.RDB$RELATION_NAME = ? ORDER BY r.RDB$FIELD_POSITION`;

/** An index over an expression has no column, and one that descends gives no order. */
const INDEXES = `SELECT i.RDB$INDEX_NAME, i.RDB$UNIQUE_FLAG = 1, c.RDB$CONSTRAINT_TYPE = 'PRIMARY KEY',
    IIF(i.RDB$INDEX_TYPE = 1, NULL, TRIM(s.RDB$FIELD_NAME))
  FROM RDB$INDICES i LEFT JOIN RDB$INDEX_SEGMENTS s ON s.RDB$INDEX_NAME = i.RDB$INDEX_NAME
  LEFT JOIN RDB$RELATION_CONSTRAINTS c ON c.RDB$INDEX_NAME = i.RDB$INDEX_NAME
  WHERE i.RDB$RELATION_NAME = ? AND COALESCE(i.RDB$INDEX_INACTIVE, 0) = 0
  ORDER BY i.RDB$INDEX_NAME, s.RDB$FIELD_POSITION`;

/** By a type's number in the catalog, and in a result. Others are read as the server prints them. */
const types: readonly (readonly [number, number, string, ColumnType])[] = [
  [7, 500, "SMALLINT", "integer"],
  [8, 496, "INTEGER", "integer"],
  [16, 580, "BIGINT", "integer"],
  [10, 482, "FLOAT", "double"],
  [27, 480, "DOUBLE PRECISION", "double"],
  [12, 570, "DATE", "date"],
  [13, 560, "TIME", "time"],
  [35, 510, "TIMESTAMP", "datetime"],
  [23, 32764, "BOOLEAN", "boolean"],
  [14, 452, "CHAR", "text"],
  [37, 448, "VARCHAR", "text"],
  [261, 520, "BLOB", "binary"],
];

const summary = ([name, isView, comment]: readonly unknown[]) =>
  summaryOf([String(name)], { isView: isView === true, comment, rows: null });

export const discover = async ({ run }: Link) =>
  (await run(`${RELATIONS} ORDER BY 1`)).rows.map(summary);

/** Columns, key and indexes of a table or view, columns of a query; undefined when there is no such table. */
export async function describe(
  { run }: Link,
  relation: Relation,
): Promise<RelationDescription | undefined> {
  if ("query" in relation) {
    const { fields } = await run(`SELECT * FROM ${fromClause(relation, firebird)} ROWS 0`);
    return unlisted(fields.map(resultColumn));
  }
  const name = relation.table.join(".");
  const [found] = (await run(`${RELATIONS} AND RDB$RELATION_NAME = ?`, name)).rows;
  if (found === undefined) return undefined;
  const columns = (await run(COLUMNS, name)).rows.map(column);
  return { ...summary(found), columns, ...indexesFrom((await run(INDEXES, name)).rows) };
}

function column(row: readonly unknown[]): Column {
  const [name, number, subType, scale, digits, length, nullable, charset, collation, comment] = row;
  const [, , word = `TYPE ${String(number)}`, plain = "other"] =
    types.find(([stored, sent]) => stored === number || sent === number) ?? [];
  const common = { name, nullable: nullable === true, charset, comment };
  if (word === "BLOB") {
    const type = subType === 1 ? "text" : plain;
    return columnFrom({ ...common, native: word, type, length: -1 });
  }
  if (plain === "text") {
    // The order of other collations than the charset's own is finer than what is equal to them.
    const native = `${word}(${String(length)})${collation ? ` COLLATE ${String(collation)}` : ""}`;
    return columnFrom({ ...common, native, type: charset === "OCTETS" ? "binary" : plain, length });
  }
  if (plain === "integer" && (Number(scale) < 0 || Number(subType) > 0)) {
    const sizes = { precision: Number(digits) || 18, scale: -Number(scale) };
    const native = `NUMERIC(${sizes.precision},${sizes.scale})`;
    return columnFrom({ ...common, native, type: "decimal", ...sizes });
  }
  const fraction = plain.includes("time") ? 4 : null;
  return columnFrom({ ...common, native: word, type: plain, fraction });
}

/** Texts of a result come in UTF-8 whatever they are stored in, other than those without a charset. */
function resultColumn({ alias, nullable, length, nativeLength = length, ...field }: Field): Column {
  const { type, subType, scale } = field;
  const charset = ["NONE", "OCTETS"][subType % 256] ?? "UTF8";
  const characters = charset === "UTF8" ? length / 4 : nativeLength;
  const typed = [type, subType, scale, 18, characters, nullable, charset, subType >> 8];
  return column([alias, ...typed]);
}
