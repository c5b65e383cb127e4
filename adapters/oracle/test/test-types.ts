import { testType, type Written } from "@qianzhi/adapter-testkit";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const texts = (...values: readonly string[]): Written[] =>
  values.map((value) => [`'${value}'`, value]);
const national = (...values: readonly string[]): Written[] =>
  values.map((value) => [`N'${value}'`, value]);
const numbers = (...values: readonly (readonly [string, number | string])[]): Written[] => [
  ...values,
];
const fill = (prefix: string, suffix: string, ...values: readonly string[]): Written[] =>
  values.map((value) => [`${prefix}'${value}'${suffix}`, value]);

export const integer = testType(
  "NUMBER(10)",
  "integer",
  numbers(["0", 0], ["-2147483648", -2147483648], ["2147483647", 2147483647]),
);

export const stamp = testType(
  "TIMESTAMP(6)",
  "datetime",
  fill(
    "TIMESTAMP ",
    "",
    "2024-01-01 00:00:00.000001",
    "2024-01-01 00:00:00.000002",
    "1986-05-04 00:30:00.000000",
    "9999-12-31 23:59:59.999999",
  ),
  { traits: ["fractions of a second"] },
);

export const text = testType("VARCHAR2(200 CHAR)", "text", texts("x", "重庆", "X", "x "));

export const longText = testType("CLOB", "text", texts("x", "重庆"), { orderable: false });

const stored = (hex: string): Written => [
  `UTL_RAW.CAST_TO_VARCHAR2(HEXTORAW('${hex}'))`,
  bytes(hex),
];
/** Bytes of GBK, whatever the database says of itself. */
export const misdeclared = testType("VARCHAR2(40)", "text", [
  stored("D6D8C7EC"),
  stored("B1B1BEA9"),
  stored("61"),
]);

/** Every kind of column, at the values where readers go wrong. */
export const types = [
  integer,
  stamp,
  text,
  longText,
  testType(
    "NUMBER(38)",
    "integer",
    numbers(
      ["99999999999999999999999999999999999999", "99999999999999999999999999999999999999"],
      ["-9007199254740993", "-9007199254740993"],
      ["9007199254740991", 9007199254740991],
    ),
  ),
  testType("NUMBER(5,-2)", "integer", numbers(["1234", 1200], ["-50", -100])),
  testType(
    "NUMBER",
    "decimal",
    numbers(
      ["0.1", "0.1"],
      ["-.000000000000000000000000000000000000001", `-0.${"0".repeat(38)}1`],
      ["1e100", `1${"0".repeat(100)}`],
      ["1234567890123456789.01234567890123456789", "1234567890123456789.01234567890123456789"],
      ["1e-100", `0.${"0".repeat(99)}1`],
    ),
  ),
  testType("NUMBER(14,2)", "decimal", numbers(["12.50", "12.5"], ["-0.01", "-0.01"])),
  testType("FLOAT", "decimal", numbers(["0.1", "0.1"], ["3e50", `3${"0".repeat(50)}`])),
  testType(
    "BINARY_DOUBLE",
    "double",
    numbers(["0.1d", 0.1], ["1e300", 1e300], ["-4.9406564584124654E-324d", -5e-324]),
    { orderable: false },
  ),
  testType("BINARY_FLOAT", "double", numbers(["0.1f", Math.fround(0.1)]), { orderable: false }),
  testType("CHAR(6)", "text", texts("a", "b", "A"), { traits: ["padded"] }),
  testType("NCHAR(6)", "text", national("甲", "乙"), { traits: ["padded"] }),
  testType("NVARCHAR2(60)", "text", national("䶮", "𠮷", "x")),
  testType("NCLOB", "text", national("䶮"), { orderable: false }),
  testType("LONG", "text", texts("x", "重庆"), { orderable: false }),
  testType("DATE", "datetime", [
    ...fill(
      "TO_DATE(",
      ", 'YYYY-MM-DD HH24:MI:SS')",
      "2024-02-29 10:00:00",
      "1986-05-04 00:30:00",
      "0001-01-01 00:00:00",
      "9999-12-31 23:59:59",
    ),
    ["TO_DATE('-0044-03-15', 'SYYYY-MM-DD')", "-0044-03-15 00:00:00"],
  ]),
  testType("TIMESTAMP(9)", "datetime", fill("TIMESTAMP ", "", "2024-01-01 00:00:00.123456789")),
  testType("TIMESTAMP(0)", "datetime", fill("TIMESTAMP ", "", "2024-01-01 00:00:00")),
  testType("TIMESTAMP(6) WITH TIME ZONE", "instant", [
    ["TIMESTAMP '2024-01-01 00:00:00.5 +00:00'", "2024-01-01 08:00:00.500000+08:00"],
    ["TIMESTAMP '1986-05-04 12:00:00 Asia/Shanghai'", "1986-05-04 11:00:00.000000+08:00"],
  ]),
  testType("TIMESTAMP(3) WITH LOCAL TIME ZONE", "instant", [
    ["TIMESTAMP '2024-01-01 00:00:00.5 +00:00'", "2024-01-01 08:00:00.500+08:00"],
  ]),
  testType("INTERVAL DAY(2) TO SECOND(6)", "other", [
    ["INTERVAL '1 02:03:04.5' DAY TO SECOND", "+01 02:03:04.500000"],
  ]),
  testType("RAW(16)", "binary", [
    ["HEXTORAW('00FF')", bytes("00ff")],
    ["HEXTORAW('80')", bytes("80")],
  ]),
  testType("BLOB", "binary", [["TO_BLOB(HEXTORAW('00FF'))", bytes("00ff")]], { orderable: false }),
  testType("XMLTYPE", "text", [["XMLTYPE('<a>重庆</a>')", "<a>重庆</a>"]], { orderable: false }),
];
