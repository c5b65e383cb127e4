import type { Column, ColumnType } from "@qianzhi/sdk";
import { columnFrom } from "@qianzhi/sql";
import type { Field } from "./connect.ts";
import type { ServerFacts } from "./session.ts";

const types: Readonly<Record<string, ColumnType>> = {
  FLOAT: "decimal",
  BINARY_FLOAT: "double",
  BINARY_DOUBLE: "double",
  CHAR: "text",
  VARCHAR2: "text",
  NCHAR: "text",
  NVARCHAR2: "text",
  CLOB: "text",
  NCLOB: "text",
  LONG: "text",
  XMLTYPE: "text",
  DATE: "datetime",
  TIMESTAMP: "datetime",
  "TIMESTAMP WITH TIME ZONE": "instant",
  "TIMESTAMP WITH LOCAL TIME ZONE": "instant",
  RAW: "binary",
  "LONG RAW": "binary",
  BLOB: "binary",
  BOOLEAN: "boolean",
  JSON: "json",
};

/** A column without a scale tells so by this one: FLOAT with a precision, NUMBER without. */
const NO_SCALE = -127;

/** A native type without its numbers: `TIMESTAMP(6) WITH TIME ZONE` → `TIMESTAMP WITH TIME ZONE`. */
export const baseOf = (native: string): string => native.replace(/\([^)]*\)/, "");

/** Texts of the national character set, which holds Unicode whatever the database's own does. */
export const isNational = (native: string): boolean => /^N(CHAR|VARCHAR2|CLOB)/.test(native);

export const isLob = (native: string): boolean => native.endsWith("CLOB");

/** A column of a result, from what the server says of it. */
export function columnOf(
  field: Field,
  { charset, nationalCharset }: Pick<ServerFacts, "charset" | "nationalCharset">,
): Column {
  const native = nativeOf(field);
  const base = baseOf(native);
  const type = base === "NUMBER" ? numberType(field) : (types[base] ?? "other");
  const { precision = 0, scale = 0, byteSize } = field;
  return columnFrom({
    name: field.name,
    type,
    native,
    nullable: field.nullable,
    ...(type === "decimal" && base === "NUMBER" && precision > 0 ? { precision, scale } : {}),
    ...(base === "DATE" ? { fraction: 0 } : {}),
    ...(base.startsWith("TIMESTAMP") ? { fraction: precision } : {}),
    ...(byteSize === 0 ? {} : { length: byteSize }),
    ...(type === "text" ? { charset: isNational(native) ? nationalCharset : charset } : {}),
  });
}

/** Without a scale to the right of the point there are whole numbers alone, of up to 38 digits and more. */
const numberType = ({ precision = 0, scale = NO_SCALE }: Field): ColumnType =>
  precision > 0 && scale <= 0 && scale !== NO_SCALE ? "integer" : "decimal";

function nativeOf({ dbTypeName, precision = 0, scale = NO_SCALE, byteSize }: Field): string {
  const base = dbTypeName.replace(/^SYS\.XMLTYPE$/, "XMLTYPE");
  if (base === "NUMBER") {
    if (precision === 0) return base;
    return scale === NO_SCALE ? `FLOAT(${precision})` : `NUMBER(${precision},${scale})`;
  }
  if (base.startsWith("TIMESTAMP")) return base.replace("TIMESTAMP", `TIMESTAMP(${precision})`);
  return byteSize === undefined || byteSize === 0 ? base : `${base}(${byteSize})`;
}

/** A geometry is only told with its coordinate system where the database says which one the column has. */
export const geometryColumn = (column: Column, srid: string | null): Column => ({
  ...column,
  type: "geometry",
  native: `${GEOMETRY}(${srid ?? "NULL"})`,
});

export const GEOMETRY = "MDSYS.SDO_GEOMETRY";
