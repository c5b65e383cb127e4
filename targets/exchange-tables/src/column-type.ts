import type { Item } from "@qianzhi/sdk";

/** Databases whose DDL can be printed; the first two are those that are delivered to. */
export const dialects = ["mysql", "postgres", "mssql", "oracle"] as const;
export type Dialect = (typeof dialects)[number];

/** Longer texts have no length of their own in any of the dialects' rows. */
const LONGEST_VARCHAR: Readonly<Record<Dialect, number>> = {
  mysql: 4_000,
  postgres: 100_000,
  mssql: 4_000,
  oracle: 1_000,
};

const long: Readonly<Record<Dialect, string>> = {
  mysql: "LONGTEXT",
  postgres: "TEXT",
  mssql: "NVARCHAR(MAX)",
  oracle: "CLOB",
};

/** A text column of so many characters, not bytes. SQL Server counts a character beyond the basic plane as two. */
export function varchar(characters: number, dialect: Dialect): string {
  const length = dialect === "mssql" ? characters * 2 : characters;
  if (length > LONGEST_VARCHAR[dialect]) return long[dialect];
  const type = { mysql: "VARCHAR", postgres: "VARCHAR", mssql: "NVARCHAR", oracle: "VARCHAR2" }[
    dialect
  ];
  return `${type}(${length}${dialect === "oracle" ? " CHAR" : ""})`;
}

/** Digits that an exact number has at most; the others go into text. */
const MOST_DIGITS: Readonly<Record<Dialect, number>> = {
  mysql: 65,
  postgres: 1_000,
  mssql: 38,
  oracle: 38,
};
/** Digits after the point that a second has at most. */
const MOST_FRACTION: Readonly<Record<Dialect, number>> = {
  mysql: 6,
  postgres: 6,
  mssql: 7,
  oracle: 9,
};
/** A number in canonical form is never longer than this in practice: sign, digits, point. */
const NUMBER_TEXT = 400;
/** `2026-01-02T03:04:05.123456789+08:00` */
const MOMENT_TEXT = 35;
const TIME_TEXT = 18;

/** The column type that holds every value of an item exactly. */
export function expectedType(item: Item, dialect: Dialect): string {
  const { type, maxLength, precision, scale = 0, fraction = 0 } = item;
  const isFine = fraction <= MOST_FRACTION[dialect];
  switch (type) {
    case "string":
    case "text":
      return maxLength === undefined ? long[dialect] : varchar(maxLength, dialect);
    case "integer":
      return integerType(item, dialect);
    case "decimal": {
      const digits = precision ?? MOST_DIGITS[dialect];
      return digits > MOST_DIGITS[dialect]
        ? varchar(NUMBER_TEXT, dialect)
        : `${{ mysql: "DECIMAL", postgres: "NUMERIC", mssql: "DECIMAL", oracle: "NUMBER" }[dialect]}(${digits},${scale})`;
    }
    case "double":
      return {
        mysql: "DOUBLE",
        postgres: "DOUBLE PRECISION",
        mssql: "FLOAT(53)",
        oracle: "BINARY_DOUBLE",
      }[dialect];
    case "date":
      return "DATE";
    case "datetime":
      return isFine
        ? `${{ mysql: "DATETIME", postgres: "TIMESTAMP", mssql: "DATETIME2", oracle: "TIMESTAMP" }[dialect]}(${fraction})`
        : varchar(MOMENT_TEXT, dialect);
    case "time":
      return isFine && dialect !== "oracle" ? `TIME(${fraction})` : varchar(TIME_TEXT, dialect);
    case "boolean":
      return { mysql: "TINYINT", postgres: "BOOLEAN", mssql: "BIT", oracle: "NUMBER(1)" }[dialect];
    case "binary":
      return { mysql: "LONGBLOB", postgres: "BYTEA", mssql: "VARBINARY(MAX)", oracle: "BLOB" }[
        dialect
      ];
    case "json":
    case "geometry":
      return long[dialect];
  }
}

/** Whole numbers of any size are allowed unless the item has bounds. */
function integerType({ minimum, maximum }: Item, dialect: Dialect): string {
  const least = BigInt(minimum ?? -MOST_BIGINT - 1n);
  const most = BigInt(maximum ?? MOST_BIGINT);
  const isBigint = least >= -MOST_BIGINT - 1n && most <= MOST_BIGINT;
  if (isBigint) return dialect === "oracle" ? "NUMBER(19)" : "BIGINT";
  const digits = Math.max(...[least, most].map((each) => String(each).replace("-", "").length));
  return digits > MOST_DIGITS[dialect]
    ? varchar(NUMBER_TEXT, dialect)
    : expectedType({ identifier: "", name: "", type: "decimal", precision: digits }, dialect);
}

const MOST_BIGINT = 2n ** 63n - 1n;
