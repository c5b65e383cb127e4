import type { Column, ColumnType } from "@qianzhi/sdk";
import { columnFrom } from "@qianzhi/sql";

const types: Readonly<Record<string, ColumnType>> = {
  tinyint: "integer",
  smallint: "integer",
  int: "integer",
  bigint: "integer",
  decimal: "decimal",
  numeric: "decimal",
  money: "decimal",
  smallmoney: "decimal",
  float: "double",
  real: "double",
  bit: "boolean",
  char: "text",
  varchar: "text",
  nchar: "text",
  nvarchar: "text",
  text: "text",
  ntext: "text",
  xml: "text",
  uniqueidentifier: "text",
  date: "date",
  datetime: "datetime",
  smalldatetime: "datetime",
  datetime2: "datetime",
  datetimeoffset: "instant",
  time: "time",
  binary: "binary",
  varbinary: "binary",
  image: "binary",
  timestamp: "binary",
  json: "json",
  geometry: "geometry",
  geography: "geometry",
};

/** The first word of a native type: `varchar(20) collate Latin1_General_BIN` → `varchar`. */
export const baseOf = (native: string): string => /^\w+/.exec(native)?.[0] ?? "";

/** Longer than any index: `varchar(max)` and what preceded it. */
export const isLarge = ({ native }: Column): boolean =>
  /^(text|ntext|image|xml)\b|\(max\)/.test(native);

/** The collation of a column of a table; a query does not tell that of its columns. */
export const collationOf = ({ native }: Column): string | undefined =>
  / collate (\w+)$/.exec(native)?.[1];

/** What the catalog or a result says of a column. Lengths are in bytes, -1 for `max`. */
export interface Declared {
  readonly name: string;
  readonly base: string;
  readonly bytes: number;
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
  readonly collation?: string | undefined;
  readonly codePage?: unknown;
  readonly comment?: unknown;
}

const wide = new Set(["nchar", "nvarchar", "ntext"]);
const ticks = new Set(["datetime2", "datetimeoffset", "time"]);

/** A column as the contract describes it; its native type carries the collation, which bound values need. */
export function columnOf(declared: Declared): Column {
  const { name, base, bytes, precision, scale, nullable, collation, codePage, comment } = declared;
  const type = types[base] ?? "other";
  const length = wide.has(base) ? bytes / 2 : bytes;
  const sized = /^n?(var)?(char|binary)$/.test(base);
  const size =
    base === "decimal" || base === "numeric"
      ? `(${precision},${scale})`
      : ticks.has(base)
        ? `(${scale})`
        : sized
          ? `(${bytes < 0 ? "max" : length})`
          : "";
  const charset =
    wide.has(base) || base === "xml" ? "utf-16" : codePage ? `cp${String(codePage)}` : undefined;
  return columnFrom({
    name,
    type,
    native: `${base}${size}${collation === undefined ? "" : ` collate ${collation}`}`,
    nullable,
    ...(type === "decimal" ? { precision, scale } : {}),
    ...(ticks.has(base) ? { fraction: scale } : {}),
    ...(base === "datetime" ? { fraction: 3 } : base === "smalldatetime" ? { fraction: 0 } : {}),
    ...(sized && bytes > 0 ? { length } : {}),
    charset,
    comment,
  });
}

/** What the driver tells of a result column. */
export interface Field {
  readonly colName: string;
  readonly type: { readonly name: string };
  readonly flags: number;
  readonly userType?: number;
  readonly dataLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly collation?: { readonly codepage?: string };
  readonly udtInfo?: { readonly typeName: string };
}

const NULLABLE = 1;
/** The user type by which a result tells a rowversion from eight bytes. */
const TIMESTAMP = 80;
const MAX_BYTES = 65_535;

/** The driver's nullable types have one name for several lengths. */
const byLength: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  IntN: { 1: "tinyint", 2: "smallint", 4: "int", 8: "bigint" },
  FloatN: { 4: "real", 8: "float" },
  MoneyN: { 4: "smallmoney", 8: "money" },
  DateTimeN: { 4: "smalldatetime", 8: "datetime" },
};

/** A column of a query, from what the server says of its result. */
export function columnOfField(field: Field): Column {
  const { type, dataLength = 0, udtInfo, userType } = field;
  const base =
    userType === TIMESTAMP
      ? "timestamp"
      : (udtInfo?.typeName ??
        byLength[type.name]?.[dataLength] ??
        type.name.replace(/(?<=Decimal|Numeric|Bit)N$|^Variant$/, (end) =>
          end === "N" ? "" : "sql_variant",
        ));
  const money = base === "money" ? 19 : base === "smallmoney" ? 10 : undefined;
  return columnOf({
    name: field.colName,
    base: base.toLowerCase(),
    bytes: dataLength === MAX_BYTES ? -1 : dataLength,
    precision: money ?? field.precision ?? 0,
    scale: money === undefined ? (field.scale ?? 0) : 4,
    nullable: (field.flags & NULLABLE) !== 0,
    codePage: field.collation?.codepage?.replace(/^CP/i, "").replace("utf-8", "65001"),
  });
}
