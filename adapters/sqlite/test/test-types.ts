import { testType } from "@qianzhi/adapter-testkit";

export const integer = testType("INTEGER", "integer", [
  ["0", 0],
  ["-1", -1],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["9223372036854775807", "9223372036854775807"],
]);

export const text = testType("VARCHAR(200)", "text", [
  ["''", ""],
  ["'a'", "a"],
  ["'a '", "a "],
  ["'A'", "A"],
  ["'重庆'", "重庆"],
  ["'𠮷🀄'", "𠮷🀄"],
  ["'9007199254740993'", "9007199254740993"],
  ["'a' || char(0) || 'b'", "a\0b"],
  ["char(65533)", "\ufffd"],
  ["CAST(x'D6D8C7EC' AS TEXT)", "\udcd6\udcd8\udcc7\udcec"],
  ["x'00ff'", Uint8Array.of(0, 255)],
]);

export const datetime = testType(
  "DATETIME",
  "datetime",
  [
    ["'1990-05-01 00:30:00'", "1990-05-01 00:30:00"],
    ["'2040-01-01 00:00:00.123456'", "2040-01-01 00:00:00.123456"],
    ["'2040-01-01 00:00:00.123457'", "2040-01-01 00:00:00.123457"],
  ],
  { traits: ["fractions of a second"] },
);

/** Bytes in GBK that sit in a column of a database in UTF-8. */
export const misdeclared = testType("TEXT CHECK (1)", "text", [
  ["CAST(x'D6D8C7EC' AS TEXT)", Uint8Array.of(0xd6, 0xd8, 0xc7, 0xec)],
  ["CAST(x'B1B1BEA9' AS TEXT)", Uint8Array.of(0xb1, 0xb1, 0xbe, 0xa9)],
  ["'a'", Uint8Array.of(0x61)],
]);

/** Every kind of column, at the values where readers go wrong; any value may stand in any column of SQLite. */
export const types = [
  integer,
  text,
  datetime,
  testType("BIGINT CHECK (1)", "integer", [
    ["1", 1],
    ["'abc'", "abc"],
    ["x'00'", Uint8Array.of(0)],
    ["1.5", 1.5],
  ]),
  testType(
    "TEXT COLLATE NOCASE",
    "text",
    [
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'b'", "b"],
      ["'Z'", "Z"],
    ],
    { traits: ["case-insensitive"] },
  ),
  testType(
    "TEXT COLLATE RTRIM",
    "text",
    [
      ["'a'", "a"],
      ["'a  '", "a  ", "same"],
      ["'b'", "b"],
    ],
    { traits: ["padded"] },
  ),
  testType("DECIMAL(20, 8)", "decimal", [
    ["12.5", "12.5"],
    ["3", "3"],
    ["-0.0000001", "-0.0000001"],
    ["1e21", "1000000000000000000000"],
    ["9007199254740993", "9007199254740993"],
  ]),
  testType(
    "DOUBLE",
    "double",
    [
      ["0.1", 0.1],
      ["-2.5", -2.5],
      ["5e-324", 5e-324],
      ["1.7976931348623157e308", 1.7976931348623157e308],
    ],
    { orderable: false },
  ),
  testType("BOOLEAN", "boolean", [
    ["0", false],
    ["1", true],
  ]),
  testType("DATE", "date", [
    ["'1900-01-01'", "1900-01-01"],
    ["'2040-12-31'", "2040-12-31"],
    ["'0000-00-00'", "0000-00-00"],
  ]),
  testType("TIME", "time", [
    ["'23:59:59'", "23:59:59"],
    ["'00:00:00'", "00:00:00"],
  ]),
  testType("BLOB", "binary", [
    ["x''", new Uint8Array()],
    ["x'00ff'", Uint8Array.of(0, 255)],
    ["x'ff'", Uint8Array.of(255)],
  ]),
  testType("JSON", "json", [[`'{"a":1.10}'`, '{"a":1.10}']]),
];
