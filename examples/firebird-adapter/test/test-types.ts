import { testType } from "@qianzhi/adapter-testkit";

export const integer = testType("BIGINT", "integer", [
  ["0", 0],
  ["-1", -1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["9223372036854775807", "9223372036854775807"],
]);

export const text = testType(
  "VARCHAR(200)",
  "text",
  [
    ["''", ""],
    ["'A'", "A"],
    ["'a'", "a"],
    ["'a '", "a ", "same"],
    ["'重庆'", "重庆"],
    ["'𠮷🀄'", "𠮷🀄"],
    ["'9007199254740993'", "9007199254740993"],
  ],
  { traits: ["padded"] },
);

export const large = testType(
  "BLOB SUB_TYPE TEXT",
  "text",
  [
    ["'备注'", "备注"],
    ["''", ""],
  ],
  {
    orderable: false,
  },
);

export const datetime = testType(
  "TIMESTAMP",
  "datetime",
  [
    ["'1752-01-01 00:00:00'", "1752-01-01 00:00:00.0000"],
    ["'1899-12-31 23:59:59.9999'", "1899-12-31 23:59:59.9999"],
    ["'2040-01-01 00:00:00.1234'", "2040-01-01 00:00:00.1234"],
    ["'2040-01-01 00:00:00.1235'", "2040-01-01 00:00:00.1235"],
    ["'9999-12-31 23:59:59.9999'", "9999-12-31 23:59:59.9999"],
  ],
  { traits: ["fractions of a second"] },
);

/** Bytes in GBK that sit in a column that is declared otherwise. */
export const misdeclared = testType("VARCHAR(20) CHARACTER SET ISO8859_1", "text", [
  ["_ISO8859_1 x'D6D8C7EC'", Uint8Array.of(0xd6, 0xd8, 0xc7, 0xec)],
  ["_ISO8859_1 x'B1B1BEA9'", Uint8Array.of(0xb1, 0xb1, 0xbe, 0xa9)],
  ["'a'", Uint8Array.of(0x61)],
]);

/** Every kind of column, at the values where readers go wrong. */
export const types = [
  integer,
  text,
  large,
  datetime,
  testType("SMALLINT", "integer", [
    ["-32768", -32768],
    ["32767", 32767],
  ]),
  testType("INTEGER", "integer", [
    ["-2147483648", -2147483648],
    ["2147483647", 2147483647],
  ]),
  testType("NUMERIC(4,2)", "decimal", [
    ["-0.05", "-0.05"],
    ["99.99", "99.99"],
  ]),
  testType("NUMERIC(9,3)", "decimal", [
    ["-0.001", "-0.001"],
    ["12.5", "12.500"],
  ]),
  testType("DECIMAL(18,4)", "decimal", [
    ["-99999999999999.9999", "-99999999999999.9999"],
    ["12345678901234.5678", "12345678901234.5678"],
    ["0", "0.0000"],
  ]),
  testType(
    "DOUBLE PRECISION",
    "double",
    [
      ["0.1", 0.1],
      ["-2.5", -2.5],
      ["1.7976931348623157e308", 1.7976931348623157e308],
    ],
    {
      orderable: false,
    },
  ),
  testType(
    "FLOAT",
    "double",
    [
      ["0.1", Math.fround(0.1)],
      ["-2.5", -2.5],
    ],
    { orderable: false },
  ),
  testType("BOOLEAN", "boolean", [
    ["FALSE", false],
    ["TRUE", true],
  ]),
  testType("DATE", "date", [
    ["'0001-01-01'", "0001-01-01"],
    ["'1899-12-31'", "1899-12-31"],
    ["'9999-12-31'", "9999-12-31"],
  ]),
  testType("TIME", "time", [
    ["'00:00:00'", "00:00:00.0000"],
    ["'23:59:59.9999'", "23:59:59.9999"],
  ]),
  testType("VARCHAR(20) CHARACTER SET GBK", "text", [
    ["'重庆'", "重庆"],
    ["'A'", "A"],
    ["'€'", "€"],
  ]),
  testType("VARCHAR(20) CHARACTER SET GB18030", "text", [
    ["'重庆𠮷'", "重庆𠮷"],
    ["'a'", "a"],
  ]),
  testType("VARCHAR(20) CHARACTER SET NONE", "text", [
    ["'重庆'", "重庆"],
    ["_NONE x'D6D8C7EC'", "\udcd6\udcd8\udcc7\udcec"],
    ["_NONE x'EFBFBD'", "\ufffd"],
  ]),
  testType("CHAR(5)", "text", [
    ["'ab'", "ab   "],
    ["'重庆'", "重庆   "],
  ]),
  testType("VARCHAR(20) CHARACTER SET UTF8 COLLATE UNICODE_CI_AI", "text", [
    ["'A'", "A"],
    ["'a'", "a"],
    ["'é'", "é"],
  ]),
  testType("VARCHAR(10) CHARACTER SET OCTETS", "binary", [
    ["x'00ff'", Uint8Array.of(0, 255)],
    ["x'ff'", Uint8Array.of(255)],
    ["x''", new Uint8Array()],
  ]),
  testType("BLOB SUB_TYPE TEXT CHARACTER SET GBK", "text", [["'重庆'", "重庆"]], {
    orderable: false,
  }),
  testType(
    "BLOB SUB_TYPE TEXT CHARACTER SET NONE",
    "text",
    [
      ["'重庆'", "重庆"],
      ["_NONE x'D6D8C7EC'", "\udcd6\udcd8\udcc7\udcec"],
    ],
    { orderable: false },
  ),
  testType(
    "BLOB",
    "binary",
    [
      ["x'00ff'", Uint8Array.of(0, 255)],
      ["x''", new Uint8Array()],
    ],
    { orderable: false },
  ),
];
