import type { Column, ColumnType, RawValue } from "@qianzhi/sdk";

/** Base types by the name that the catalogue has for them; those of related products among them. */
const types: Readonly<Record<string, ColumnType>> = {
  int2: "integer",
  int4: "integer",
  int8: "integer",
  oid: "integer",
  tinyint: "integer",
  int1: "integer",
  numeric: "decimal",
  number: "decimal",
  money: "decimal",
  float4: "double",
  float8: "double",
  bool: "boolean",
  text: "text",
  varchar: "text",
  bpchar: "text",
  char: "text",
  name: "text",
  citext: "text",
  uuid: "text",
  xml: "text",
  bit: "text",
  varbit: "text",
  inet: "text",
  cidr: "text",
  macaddr: "text",
  macaddr8: "text",
  varchar2: "text",
  nvarchar2: "text",
  clob: "text",
  date: "date",
  time: "time",
  timestamp: "datetime",
  smalldatetime: "datetime",
  timestamptz: "instant",
  bytea: "binary",
  raw: "binary",
  blob: "binary",
  json: "json",
  jsonb: "json",
  geometry: "geometry",
  geography: "geometry",
};

/** What the catalogue says of a type, domains resolved to what they are made of. */
export interface CatalogType {
  readonly name: string;
  readonly schema: string;
  /** `b` base, `e` enum … */
  readonly kind: string;
  /** `A` for arrays. */
  readonly category: string;
  readonly modifier: number;
  /** `character varying(20)`. */
  readonly native: string;
  /** Of an enum. */
  readonly labels?: readonly string[];
}

/** A column as far as its type tells. */
export function typedColumn(
  of: CatalogType,
): Pick<Column, "type" | "native" | "labels" | "precision" | "scale" | "fraction" | "length"> {
  const type = typeOf(of);
  const { native, labels } = of;
  return { type, native, ...(labels === undefined ? {} : { labels }), ...sizeOf(type, of) };
}

function typeOf({ name, schema, kind, category }: CatalogType): ColumnType {
  if (category === "A") return "json";
  if (kind === "e") return "text";
  if (kind !== "b") return "other";
  // The DATE of an Oracle mode has a time.
  if (name === "date" && schema !== "pg_catalog") return "datetime";
  return types[name] ?? "other";
}

/** Bytes of a type modifier that stand before what it says. */
const HEADER = 4;

function sizeOf(type: ColumnType, { name, modifier }: CatalogType): Partial<Column> {
  switch (type) {
    case "decimal":
      if (name === "money") return { precision: 19, scale: 2 };
      if (modifier < HEADER) return {};
      return {
        precision: (modifier - HEADER) >> 16,
        // Eleven bits with a sign.
        scale: (((modifier - HEADER) & 0x7ff) ^ 0x400) - 0x400,
      };
    case "datetime":
      if (name !== "timestamp") return { fraction: 0 };
      return { fraction: modifier < 0 ? 6 : modifier };
    case "instant":
    case "time":
      return { fraction: modifier < 0 ? 6 : modifier };
    case "text":
      return (name === "varchar" || name === "bpchar") && modifier >= HEADER
        ? { length: modifier - HEADER }
        : {};
    default:
      return {};
  }
}

/** The native type without what stands in parentheses: `timestamp(3) without time zone` → `timestamp without time zone`. */
export const baseOf = (native: string): string => native.replace(/\(\d+(,-?\d+)?\)/, "");

/** The server's text of a value as its raw form; undefined where it is that already. */
export function conversionOf({ type }: Column): ((text: unknown) => RawValue) | undefined {
  switch (type) {
    case "integer":
      return (text) => {
        const number = Number(text);
        return Number.isSafeInteger(number) ? number : String(text);
      };
    case "double":
      return Number;
    case "boolean":
      return (text) => text === "t" || text === "true";
    case "instant":
      return (text) => wholeOffset(String(text));
    case "binary":
    case "geometry":
      return (text) => bytesOf(String(text));
    default:
      return undefined;
  }
}

/** `+08` → `+08:00`. */
const wholeOffset = (text: string): string => text.replace(/([+-]\d\d)(?= BC$|$)/, "$1:00");

/** `\x0aff`; without the mark, as PostGIS and related products print bytes. */
export const bytesOf = (hex: string): Uint8Array =>
  Buffer.from(hex.startsWith("\\x") ? hex.slice(2) : hex, "hex");
