import type { Column, PositionValue } from "@qianzhi/sdk";
import {
  doubleQuoted as quote,
  notOrderable,
  undecodedBytes,
  type Dialect,
  type Fragment,
  type Ordering,
  type Reading,
} from "@qianzhi/sql";
import { PARAMETER, type National } from "./connect.ts";
import { ewkb, plainDigits, wholeNumber, withoutBlank } from "./convert.ts";
import { readText, storedBytes, unlessNull } from "./read-text.ts";
import { baseOf, GEOMETRY, isNational } from "./types.ts";

/**
 * Every version cuts by ROWNUM. FETCH FIRST (12.1) is rewritten to a window function, whose plan does not aim at the
 * first rows before 19c: it sorted tables whose index gives the order.
 */
export const first = (statement: string, rows: number) =>
  `SELECT * FROM (${statement}) WHERE ROWNUM <= ${rows}`;

/** The session's zone is the source's offset, so that a time with zone is told as an instant there. */
export const oracleDialect = (offset: string): Dialect => ({
  quote,
  first,
  derives: true,
  read: (column, bytes) => read(column, bytes, offset),
  order,
});

/** Bytes that are no geometry, for one whose coordinate system is not the column's. */
const NO_GEOMETRY = "TO_BLOB(HEXTORAW('00'))";

function read(column: Column, bytes: boolean, offset: string): Reading {
  const name = quote(column.name);
  if (column.type === "text") return bytes ? storedBytes(column) : readText(column);
  const base = baseOf(column.native);
  switch (base) {
    // The driver makes doubles of these. TM9 prints all forty digits, and an exponent instead of a long row of zeros.
    case "NUMBER":
    case "FLOAT":
      return {
        sql: `TO_CHAR(${name}, 'TM9')`,
        convert: column.type === "integer" ? wholeNumber : plainDigits,
      };
    // … and instants of the local zone, in milliseconds, of these.
    case "DATE":
    case "TIMESTAMP":
      return { sql: `TO_CHAR(${name}, '${formatOf(column)}')`, convert: withoutBlank };
    case "TIMESTAMP WITH TIME ZONE":
    case "TIMESTAMP WITH LOCAL TIME ZONE":
      return {
        sql: `TO_CHAR(${name} AT TIME ZONE '${offset}', '${formatOf(column)}')`,
        convert: (value) => withoutBlank(value) + offset,
      };
    case "BOOLEAN":
      return { sql: `TO_CHAR(${name})`, convert: (value) => value === "TRUE" };
    case "JSON":
      return { sql: `JSON_SERIALIZE(${name} RETURNING CLOB)` };
    case GEOMETRY:
      if (column.type === "geometry") return geometry(column);
      break;
    case "BINARY_FLOAT":
    case "BINARY_DOUBLE":
    case "RAW":
    case "LONG RAW":
    case "BLOB":
      return { sql: name };
    case "INTERVAL YEAR TO MONTH":
    case "INTERVAL DAY TO SECOND":
      return { sql: `TO_CHAR(${name})` };
    case "ROWID":
    case "UROWID":
      return { sql: `CAST(${name} AS VARCHAR2(4000))` };
    case "VECTOR":
      return { sql: `FROM_VECTOR(${name} RETURNING CLOB)` };
    default:
      break;
  }
  // Objects and collections of any type are printed as XML.
  return { sql: unlessNull(name, `XMLTYPE.GETCLOBVAL(XMLTYPE(${name}))`) };
}

/** The attributes of an object can be had without an alias of its table when it stands in a collection. */
function geometry({ name, native }: Column): Reading {
  const column = quote(name);
  const srid = Number(/\((\d+)\)/.exec(native)?.[1] ?? 0);
  const own = `(SELECT g.SDO_SRID FROM TABLE(MDSYS.SDO_GEOMETRY_ARRAY(${column})) g)`;
  const same = srid === 0 ? `${own} IS NULL` : `${own} = ${srid}`;
  const wkb = `CASE WHEN ${same} THEN SDO_UTIL.TO_WKBGEOMETRY(${column}) ELSE ${NO_GEOMETRY} END`;
  return { sql: unlessNull(column, wkb), convert: (value) => ewkb(value, srid) };
}

/** The sign tells years before Christ from those after. */
const formatOf = ({ fraction = 0 }: Column) =>
  `SYYYY-MM-DD HH24:MI:SS${fraction === 0 ? "" : `.FF${fraction}`}`;

/** The column itself, so that an index is used, and a bound value in the column's own type, which compares as it does. */
function order(column: Column, bytes: boolean): Ordering {
  const sql = quote(column.name);
  const by = (before: string, after: string, value = plain): Ordering => ({
    sql,
    bind: (position) => ({ sql: `${before}${PARAMETER}${after}`, params: [value(position)] }),
    rawEquality: true,
  });
  const format = formatOf(column);
  switch (baseOf(column.native)) {
    case "NUMBER":
    case "FLOAT":
      return by("TO_NUMBER(", ")");
    case "DATE":
      return by("TO_DATE(", `, '${format}')`, signed);
    case "TIMESTAMP":
      return by("TO_TIMESTAMP(", `, '${format}')`, signed);
    case "TIMESTAMP WITH TIME ZONE":
      return { ...by("TO_TIMESTAMP_TZ(", `, '${format}TZH:TZM')`, signed), rawEquality: false };
    case "TIMESTAMP WITH LOCAL TIME ZONE": {
      const after = `, '${format}TZH:TZM') AS TIMESTAMP(9) WITH LOCAL TIME ZONE)`;
      return { ...by("CAST(TO_TIMESTAMP_TZ(", after, signed), rawEquality: false };
    }
    case "BOOLEAN":
      return by("TO_BOOLEAN(", ")");
    case "RAW":
      return { ...by("", ""), bind: bytesOf, rawEquality: false };
    case "CHAR":
    case "VARCHAR2":
    case "NCHAR":
    case "NVARCHAR2":
      return { sql, bind: textBind(column, bytes), rawEquality: false };
    default:
      throw notOrderable(column);
  }
}

/**
 * A text in the column's own charset. Bytes become one without passing through Unicode. A padded column is compared
 * with a padded value: with a VARCHAR2 it would be compared blank by blank, and no row would be its own successor.
 */
function textBind({ native }: Column, bytes: boolean): Ordering["bind"] {
  const national = isNational(native);
  const padded = (value: Fragment): Fragment => {
    if (!baseOf(native).endsWith("CHAR")) return value;
    const type = national ? "NCHAR(1000)" : "CHAR(2000)";
    return { ...value, sql: `CAST(${value.sql} AS ${type})` };
  };
  const stored = (value: Uint8Array): Fragment => ({
    sql: `UTL_RAW.CAST_TO_${national ? "N" : ""}VARCHAR2(${PARAMETER})`,
    params: [value],
  });
  return (value) => {
    if (bytes) return padded(stored(Buffer.from(plain(value), encodingOf(value))));
    // A text that stands for bytes which could not be decoded finds its row by them.
    const undecodable = undecodedBytes(plain(value));
    if (undecodable !== undefined) return padded(stored(Buffer.from(undecodable)));
    const text: string | National = national ? { national: plain(value) } : plain(value);
    return padded({ sql: PARAMETER, params: [text] });
  };
}

export const plain = (value: PositionValue): string =>
  typeof value === "object" ? value.base64 : String(value);

const encodingOf = (value: PositionValue) => (typeof value === "object" ? "base64" : "latin1");

export const bytesOf = (value: PositionValue): Fragment => ({
  sql: PARAMETER,
  params: [Buffer.from(plain(value), encodingOf(value))],
});

/** As the dictionary itself writes times: a blank, or the sign of a year before Christ. */
const signed = (value: PositionValue): string => plain(value).replace(/^(?!-)/, " ");
