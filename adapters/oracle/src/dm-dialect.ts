import { QianzhiError, type Column, type ColumnType, type PositionValue } from "@qianzhi/sdk";
import {
  decodeExactly,
  doubleQuoted as quote,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
} from "@qianzhi/sql";
import { PARAMETER, type Field } from "./connect.ts";
import { plainDigits, wholeNumber, withoutPadding } from "./convert.ts";
import { bytesOf, first, plain } from "./dialect.ts";
import { asBytes, decoders, doubtful } from "./read-text.ts";
import { baseOf } from "./types.ts";

/*
 * Numbers and times are made texts by the server: the driver would make doubles and instants of the local zone of them.
 * What the server prints in another form than is expected here stays what it is, and is refused by the canonical form.
 */

const typesOf: Readonly<Record<string, ColumnType>> = {
  BIT: "integer",
  TINYINT: "integer",
  BYTE: "integer",
  SMALLINT: "integer",
  INT: "integer",
  INTEGER: "integer",
  BIGINT: "integer",
  NUMBER: "decimal",
  NUMERIC: "decimal",
  DEC: "decimal",
  DECIMAL: "decimal",
  REAL: "double",
  FLOAT: "double",
  DOUBLE: "double",
  "DOUBLE PRECISION": "double",
  CHAR: "text",
  CHARACTER: "text",
  VARCHAR: "text",
  VARCHAR2: "text",
  TEXT: "text",
  LONGVARCHAR: "text",
  CLOB: "text",
  // With a time of day where the database is set to be like Oracle.
  DATE: "datetime",
  DATETIME: "datetime",
  TIMESTAMP: "datetime",
  TIME: "time",
  "DATETIME WITH TIME ZONE": "instant",
  "TIMESTAMP WITH TIME ZONE": "instant",
  "TIMESTAMP WITH LOCAL TIME ZONE": "instant",
  BINARY: "binary",
  VARBINARY: "binary",
  RAW: "binary",
  BLOB: "binary",
  IMAGE: "binary",
  LONGVARBINARY: "binary",
  JSON: "json",
  JSONB: "json",
};

const LOBS = ["TEXT", "LONGVARCHAR", "CLOB", "JSON", "JSONB"];

/** A column of a result, from what the driver says of it. */
export function dmColumn(field: Field, charset: string): Column {
  const { precision = 0, scale = 0 } = field;
  const native = field.dbTypeName.toUpperCase();
  const type = typesOf[baseOf(native)] ?? "other";
  const isTime = type === "datetime" || type === "instant" || type === "time";
  return {
    name: field.name,
    type: type === "decimal" && precision > 0 && scale === 0 ? "integer" : type,
    native,
    nullable: field.nullable,
    ...(type === "decimal" && precision > 0 && scale > 0 ? { precision, scale } : {}),
    ...(isTime ? { fraction: native === "DATE" || scale < 0 || scale > 9 ? 0 : scale } : {}),
    ...(type === "text" && precision > 0 && !LOBS.includes(native) ? { length: precision } : {}),
    ...(type === "text" ? { charset } : {}),
  };
}

export const dmDialect: Dialect = { quote, first, derives: true, read, order };

const DAY = "YYYY-MM-DD HH24:MI:SS";
/** More digits than a column has cost nothing; fewer would cut them off. */
const FINE = ".FF9";

function read(column: Column, bytes: boolean): Reading {
  const sql = quote(column.name);
  const native = baseOf(column.native);
  const printed = (format: string, convert: (value: unknown) => string): Reading => ({
    sql: `TO_CHAR(${sql}, '${format}')`,
    convert,
  });
  switch (column.type) {
    case "integer":
      return { sql: `CAST(${sql} AS VARCHAR(60))`, convert: wholeNumber };
    case "decimal":
      return { sql: `CAST(${sql} AS VARCHAR(60))`, convert: plainDigits };
    case "datetime":
      return native === "DATE" ? printed(DAY, String) : printed(DAY + FINE, withoutZeros);
    case "time":
      return printed(`HH24:MI:SS${FINE}`, withoutZeros);
    case "instant":
      return printed(`${DAY}${FINE}TZH:TZM`, withoutZeros);
    case "text":
      return bytes ? stored(column) : readText(column);
    case "double":
    case "binary":
    case "json":
      return { sql };
    default:
      return { sql: `CAST(${sql} AS VARCHAR(4000))` };
  }
}

/** The fraction in its shortest form: how many digits a column has is not told for sure. */
const withoutZeros = (value: unknown): string =>
  String(value).replace(/\.(\d*?)0+(?!\d)/, (_, kept: string) => (kept === "" ? "" : `.${kept}`));

/** Of a database in GB18030 the driver has an older table: characters that it has not are read as stored bytes. */
function readText(column: Column): Reading {
  const sql = quote(column.name);
  const decoder = column.charset === undefined ? undefined : decoders.get(column.charset);
  if (LOBS.includes(column.native) || decoder === undefined) return { sql };
  const { sql: raw } = stored(column);
  const exactly = {
    sql: raw,
    convert: (value: unknown) => decodeExactly(asBytes(value), decoder),
  };
  const doubt = { when: (text: string) => doubtful.test(text), exactly };
  return isPadded(column) ? { sql, convert: withoutPadding, doubt } : { sql, doubt };
}

const isPadded = ({ native }: Column) => ["CHAR", "CHARACTER"].includes(native);

function stored({ name, native }: Column): Reading {
  if (LOBS.includes(native))
    throw new QianzhiError("QZ_QUERY_FAILED", {
      source: name,
      operation: `read the stored bytes of ${native}`,
    });
  const sql = quote(name);
  return {
    sql: `UTL_RAW.CAST_TO_RAW(${isPadded({ native } as Column) ? `RTRIM(${sql})` : sql})`,
  };
}

/** The column itself, so that an index is used, and a bound value in the column's own type. */
function order(column: Column, bytes: boolean): Ordering {
  const sql = quote(column.name);
  const { precision, scale } = column;
  // A bound that is coarser than the column would be rounded past rows.
  const digits = Math.max(column.fraction ?? 0, 6);
  const cast = (type: string): Ordering => ({
    sql,
    bind: (value) => ({ sql: `CAST(${PARAMETER} AS ${type})`, params: [plain(value)] }),
    rawEquality: true,
  });
  switch (column.type) {
    case "integer":
      return cast(typesOf[column.native] === "integer" ? column.native : "NUMBER");
    case "decimal":
      return cast(precision === undefined ? "NUMBER" : `DECIMAL(${precision}, ${scale})`);
    case "datetime":
      return cast(column.native === "DATE" ? "DATETIME(0)" : `TIMESTAMP(${digits})`);
    case "time":
      return cast(`TIME(${digits})`);
    case "binary":
      if (["BINARY", "VARBINARY", "RAW"].includes(column.native))
        return { sql, bind: bytesOf, rawEquality: false };
      break;
    case "text":
      if (!LOBS.includes(column.native))
        return { sql, bind: textBind(column, bytes), rawEquality: false };
      break;
    default:
      break;
  }
  throw notOrderable(column);
}

/** A text as it is; bytes without passing through Unicode; in a padded column, a padded value. */
function textBind(column: Column, bytes: boolean): (value: PositionValue) => Fragment {
  const { length } = column;
  const padded = (sql: string) =>
    isPadded(column) && length !== undefined ? `CAST(${sql} AS CHAR(${length}))` : sql;
  return (value) => {
    const raw = bytes ? bytesOf(value).params[0] : undecodedBytes(plain(value));
    if (raw === undefined) return { sql: padded(PARAMETER), params: [plain(value)] };
    return {
      sql: padded(`UTL_RAW.CAST_TO_VARCHAR2(${PARAMETER})`),
      params: [Buffer.from(raw as Uint8Array)],
    };
  };
}
