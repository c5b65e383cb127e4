import { testType, type Written } from "@qianzhi/adapter-testkit";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const texts = (...values: readonly string[]): Written[] =>
  values.map((value) => [`'${value}'`, value]);

/** Half a character, which MySQL 8 and later make nothing of. */
export const half: Written = ["CONVERT(_ucs2 x'D83D' USING utf8mb4)", "\udced\udca0\udcbd"];

/** A document as it was written, which MySQL puts in an order of its own. */
export const untouched: Written = [
  `'{"b": 1.10, "a": 9007199254740993}'`,
  '{"b": 1.10, "a": 9007199254740993}',
];

export const integer = testType("INT", "integer", [
  ["0", 0],
  ["-2147483648", -2147483648],
  ["2147483647", 2147483647],
]);

export const misdeclared = testType("VARCHAR(40) CHARACTER SET latin1", "text", [
  ["x'D6D8C7EC'", bytes("d6d8c7ec")],
  ["x'B1B1BEA9'", bytes("b1b1bea9")],
  ["'a'", bytes("61")],
  ["x'B1B1BEA927'", bytes("b1b1bea927")],
]);

export const longText = testType("LONGTEXT", "text", texts("", "x", "重庆"), { orderable: false });

export const text = testType("VARCHAR(200)", "text", texts("", "x", "重庆"));

export const datetime = testType(
  "DATETIME(6)",
  "datetime",
  [
    ["'2024-01-01 00:00:00.000001'", "2024-01-01 00:00:00.000001"],
    ["'2024-01-01 00:00:00.000002'", "2024-01-01 00:00:00.000002"],
    ["'2024-01-01 00:00:00'", "2024-01-01 00:00:00.000000"],
    ["'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"],
  ],
  { traits: ["fractions of a second"] },
);

const uuids = [
  "00000000-0000-0000-0000-000000000000",
  "123e4567-e89b-12d3-a456-426655440000",
  "223e4567-e89b-11d3-a456-426655440000",
  "f0000000-0000-7000-8000-000000000001",
  "00000000-0000-7000-8000-000000000002",
];

/** Every kind of column that some server has, at the values where readers go wrong. */
export const types = [
  integer,
  testType("TINYINT(1)", "integer", [
    ["-128", -128],
    ["0", 0],
    ["1", 1],
    ["127", 127],
  ]),
  testType("BIGINT", "integer", [
    ["-9223372036854775808", "-9223372036854775808"],
    ["-9007199254740993", "-9007199254740993"],
    ["-9007199254740991", -9007199254740991],
    ["0", 0],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", "9007199254740992"],
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
  ]),
  testType("BIGINT UNSIGNED", "integer", [
    ["0", 0],
    ["18446744073709551614", "18446744073709551614"],
    ["18446744073709551615", "18446744073709551615"],
  ]),
  testType("BIGINT(20) UNSIGNED ZEROFILL", "integer", [
    ["7", 7],
    ["9007199254740993", "9007199254740993"],
  ]),
  testType("INT(6) ZEROFILL", "integer", [
    ["42", 42],
    ["4294967295", 4294967295],
  ]),
  testType("YEAR", "integer", [
    ["0", 0],
    ["1901", 1901],
    ["2155", 2155],
  ]),
  testType(
    "YEAR(2)",
    "integer",
    [
      ["1970", 70],
      ["2005", 5],
    ],
    { orderable: false },
  ),
  testType("BIT(1)", "integer", [
    ["b'0'", 0],
    ["b'1'", 1],
  ]),
  testType("BIT(64)", "integer", [
    ["b'1'", 1],
    ["18446744073709551615", "18446744073709551615"],
  ]),
  testType("DECIMAL(65,30)", "decimal", [
    [
      "12345678901234567890123456789012345.123456789012345678901234567891",
      "12345678901234567890123456789012345.123456789012345678901234567891",
    ],
    [
      "12345678901234567890123456789012345.123456789012345678901234567890",
      "12345678901234567890123456789012345.123456789012345678901234567890",
    ],
    ["-0.000000000000000000000000000001", "-0.000000000000000000000000000001"],
  ]),
  testType("DECIMAL(14,2)", "decimal", [
    ["0", "0.00"],
    ["-0.5", "-0.50"],
    ["999999999999.99", "999999999999.99"],
  ]),
  testType("FLOAT", "double", [
    ["16777217", 16777216],
    ["0.1", 0.10000000149011612],
    ["-3.4028234e38", -3.4028234663852886e38],
    ["1e-38", Math.fround(1e-38)],
  ]),
  testType("DOUBLE", "double", [
    ["9.876543219876543e0", 9.876543219876543],
    ["0.1e0", 0.1],
    ["1.7976931348623157e308", 1.7976931348623157e308],
    ["2.2250738585072014e-308", 2.2250738585072014e-308],
    ["123456789012345.67e0", 123456789012345.67],
    ["-1e0", -1],
  ]),
  testType("DATE", "date", [
    ["'0000-00-00'", "0000-00-00"],
    ["'1000-01-01'", "1000-01-01"],
    ["'1900-02-28'", "1900-02-28"],
    ["'1986-05-04'", "1986-05-04"],
    ["'2020-00-00'", "2020-00-00"],
    ["'9999-12-31'", "9999-12-31"],
  ]),
  testType("DATETIME", "datetime", [
    ["'0000-00-00 00:00:00'", "0000-00-00 00:00:00"],
    ["'1899-12-31 23:59:59'", "1899-12-31 23:59:59"],
    ["'1986-05-04 00:30:00'", "1986-05-04 00:30:00"],
    ["'2040-01-01 00:00:00'", "2040-01-01 00:00:00"],
  ]),
  datetime,
  testType("TIMESTAMP(6) NULL", "datetime", [
    ["'0000-00-00 00:00:00'", "0000-00-00 00:00:00.000000"],
    ["'1970-01-01 08:00:01'", "1970-01-01 08:00:01.000000"],
    ["'1986-05-04 00:30:00.5'", "1986-05-04 00:30:00.500000"],
    ["'2038-01-19 11:14:07.999999'", "2038-01-19 11:14:07.999999"],
  ]),
  testType("TIME(6)", "time", [
    ["'-838:59:59'", "-838:59:59.000000"],
    ["'00:00:00'", "00:00:00.000000"],
    ["'25:00:00.000001'", "25:00:00.000001"],
    ["'838:59:59'", "838:59:59.000000"],
  ]),
  testType(
    "VARCHAR(60) COLLATE utf8mb4_general_ci",
    "text",
    [
      ["''", ""],
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'á'", "á", "same"],
      ["'b '", "b "],
      ["'b'", "b", "same"],
      ...texts("重庆市", "𠮷田", "\u{1F600}", "ｆｕｌｌ", "\u{F900}", "it''s".replace("''", "")),
      ["'back\\\\slash'", "back\\slash"],
      ["'quo''te\"'", "quo'te\""],
      ["'line\\nbreak'", "line\nbreak"],
      ["'100%_'", "100%_"],
      ["'\ufffd'", "\ufffd"],
      half,
    ],
    { traits: ["case-insensitive", "accent-insensitive"] },
  ),
  testType(
    "VARCHAR(60) COLLATE utf8mb4_unicode_ci",
    "text",
    texts("", "a", "Z", "ß", "straße", "重庆", "张三", "阿"),
  ),
  testType(
    "VARCHAR(60) COLLATE utf8mb4_bin",
    "text",
    texts("", "A", "a", "b", "重庆", "\u{1F600}"),
  ),
  // GBK for ⺁ and €, which the server's own gbk does not have.
  testType(
    "VARCHAR(40) CHARACTER SET gbk",
    "text",
    [
      ...texts("张三", "李四", "阿", "zz", "朱镕", "?"),
      ["_gbk x'FE50'", "\udcfe\udc50"],
      ["_gbk x'D5C5A2E3'", "\udcd5\udcc5\udca2\udce3"],
    ],
    { traits: ["pinyin"] },
  ),
  testType("VARCHAR(40) CHARACTER SET ucs2", "text", [
    ...texts("张三", "zz"),
    ["_ucs2 x'0041D83D0042'", "\udc00\udc41\udcd8\udc3d\udc00\udc42"],
    ["_ucs2 x'D83D'", "\udcd8\udc3d"],
  ]),
  testType("VARCHAR(40) CHARACTER SET latin1", "text", texts("a", "é", "ÿ", "z")),
  ...["utf8mb4_0900_ai_ci", "utf8mb4_uca1400_ai_ci"].map((collation) =>
    testType(`VARCHAR(40) COLLATE ${collation}`, "text", [
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'á'", "á", "same"],
      ["'a '", "a "],
      ...texts("", "重庆", "张三", "\u{1F600}", "\u{20BB7}"),
    ]),
  ),
  testType(
    "CHAR(6)",
    "text",
    [
      ["'ab'", "ab"],
      ["'ab  '", "ab", "same"],
      ["'  ab'", "  ab"],
      ["''", ""],
    ],
    { traits: ["padded"] },
  ),
  testType("TINYTEXT", "text", texts("", "x", "重庆")),
  longText,
  testType("ENUM('z','a','m')", "text", texts("z", "a", "m")),
  testType("SET('z','a','m')", "text", [
    ["'z'", "z"],
    ["'a,m'", "a,m"],
    ["''", ""],
  ]),
  testType("VARBINARY(10)", "binary", [
    ["x''", bytes("")],
    ["x'00'", bytes("00")],
    ["x'0000'", bytes("0000")],
    ["x'FF27'", bytes("ff27")],
  ]),
  testType("BINARY(4)", "binary", [
    ["x'01'", bytes("01000000")],
    ["x'FFFFFFFF'", bytes("ffffffff")],
  ]),
  testType("UUID", "text", texts(...uuids), { traits: ["uniqueidentifier"] }),
  testType("INET4", "text", texts("0.0.0.0", "9.0.0.1", "10.0.0.1", "255.255.255.255")),
  testType("INET6", "text", texts("::", "::1", "::ffff:1.2.3.4", "2001:db8::ff00:42:8329")),
  testType("VECTOR(2)", "binary", [["x'0000803F00000040'", bytes("0000803f00000040")]], {
    orderable: false,
  }),
  testType(
    "LONGBLOB",
    "binary",
    [
      ["x''", bytes("")],
      ["x'00FF'", bytes("00ff")],
    ],
    { orderable: false },
  ),
  testType("JSON", "json", [
    [`'{"a": 9007199254740993, "b": 1.5}'`, '{"a": 9007199254740993, "b": 1.5}'],
    untouched,
  ]),
  testType("POINT", "geometry", [
    [
      "ST_GeomFromText('POINT(106.5 29.5)')",
      bytes("0101000000" + "0000000000a05a40" + "0000000000803d40"),
    ],
    [
      // As it is stored: from a text, MySQL 8 and later would take the latitude first.
      "x'E610000001010000000000000000A05A400000000000803D40'",
      bytes("0101000020e6100000" + "0000000000a05a40" + "0000000000803d40"),
    ],
  ]),
];
