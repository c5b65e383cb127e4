import { testType, type TestType, type Written } from "@qianzhi/adapter-testkit";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const texts = (...values: readonly string[]): Written[] =>
  values.map((value) => [`N'${value.replaceAll("'", "''")}'`, value]);

export const integer: TestType = testType("int", "integer", [
  ["0", 0],
  ["-2147483648", -2147483648],
  ["2147483647", 2147483647],
]);

export const bigint: TestType = testType("bigint", "integer", [
  ["-9223372036854775808", "-9223372036854775808"],
  ["-9007199254740993", "-9007199254740993"],
  ["-9007199254740991", -9007199254740991],
  ["0", 0],
  ["9007199254740993", "9007199254740993"],
  ["9223372036854775807", "9223372036854775807"],
]);

export const text: TestType = testType("nvarchar(200)", "text", texts("", "a", "重庆", "𠮷田"));

export const largeText: TestType = testType("nvarchar(max)", "text", texts("", "x", "重庆"), {
  orderable: false,
});

/** Ticks of 1/300 s: .003 and .007 are what two of them are printed as. */
export const datetime: TestType = testType(
  "datetime",
  "datetime",
  [
    ["'1753-01-01T00:00:00'", "1753-01-01 00:00:00.000"],
    ["'1899-12-31T23:59:59.997'", "1899-12-31 23:59:59.997"],
    ["'1986-05-04T00:30:00'", "1986-05-04 00:30:00.000"],
    ["'2026-11-24T10:00:00'", "2026-11-24 10:00:00.000"],
    ["'2026-11-24T10:00:00.003'", "2026-11-24 10:00:00.003"],
    ["'2026-11-24T10:00:00.007'", "2026-11-24 10:00:00.007"],
    ["'2026-11-24T10:00:00.010'", "2026-11-24 10:00:00.010"],
    ["'9999-12-31T23:59:59.997'", "9999-12-31 23:59:59.997"],
  ],
  { traits: ["fractions of a second"] },
);

/** GBK in a column that says it is Latin-1. */
export const misdeclared: TestType = testType("varchar(40) COLLATE Latin1_General_CI_AS", "text", [
  ["CONVERT(varchar(40), 0xD6D8C7EC)", bytes("d6d8c7ec")],
  ["CONVERT(varchar(40), 0xB1B1BEA9)", bytes("b1b1bea9")],
  ["'a'", bytes("61")],
]);

/** What SQLite can order and compare as SQL Server does: enough to page over a socket. */
export const plainTypes: readonly TestType[] = [
  integer,
  bigint,
  text,
  testType("float", "double", [
    ["0.1e0", 0.1],
    ["-1e0", -1],
    ["123456789012345.67e0", 123456789012345.67],
  ]),
];

/** Every kind of column since 2008, at the values where readers go wrong. */
export const types: readonly TestType[] = [
  ...plainTypes,
  testType("tinyint", "integer", [
    ["0", 0],
    ["255", 255],
  ]),
  testType("bit", "boolean", [
    ["0", false],
    ["1", true],
  ]),
  testType("decimal(38,10)", "decimal", [
    ["-1234567890123456789012345678.0123456789", "-1234567890123456789012345678.0123456789"],
    ["1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"],
    ["1234567890123456789012345678.0123456790", "1234567890123456789012345678.0123456790"],
  ]),
  testType("numeric(14,2)", "decimal", [
    ["-0.5", "-0.50"],
    ["0", "0.00"],
    ["999999999999.99", "999999999999.99"],
  ]),
  testType("money", "decimal", [
    ["-922337203685477.5808", "-922337203685477.5808"],
    ["0.0001", "0.0001"],
    ["922337203685477.5807", "922337203685477.5807"],
  ]),
  testType("smallmoney", "decimal", [["-214748.3648", "-214748.3648"]]),
  testType("real", "double", [
    ["16777217", 16777216],
    ["0.1", 0.10000000149011612],
  ]),
  datetime,
  testType("smalldatetime", "datetime", [
    ["'1900-01-01T00:00:00'", "1900-01-01 00:00:00"],
    ["'2026-11-24T10:00:29'", "2026-11-24 10:00:00"],
    ["'2079-06-06T23:59:00'", "2079-06-06 23:59:00"],
  ]),
  testType("datetime2(7)", "datetime", [
    ["'0001-01-01T00:00:00'", "0001-01-01 00:00:00.0000000"],
    ["'2026-11-24T10:00:00.0000001'", "2026-11-24 10:00:00.0000001"],
    ["'2026-11-24T10:00:00.0000002'", "2026-11-24 10:00:00.0000002"],
    ["'9999-12-31T23:59:59.9999999'", "9999-12-31 23:59:59.9999999"],
  ]),
  testType("datetime2(0)", "datetime", [["'2026-11-24T10:00:00'", "2026-11-24 10:00:00"]]),
  testType("datetimeoffset(3)", "instant", [
    ["'1986-05-04T00:30:00.001+08:00'", "1986-05-04 00:30:00.001+08:00"],
    ["'2026-11-24T10:00:00+08:00'", "2026-11-24 10:00:00.000+08:00"],
    ["'2026-11-24T02:00:00+00:00'", "2026-11-24 02:00:00.000+00:00", "same"],
    ["'2026-11-24T02:00:00.001-05:30'", "2026-11-24 02:00:00.001-05:30"],
  ]),
  testType("date", "date", [
    ["'0001-01-01'", "0001-01-01"],
    ["'1986-05-04'", "1986-05-04"],
    ["'9999-12-31'", "9999-12-31"],
  ]),
  testType("time(7)", "time", [
    ["'00:00:00'", "00:00:00.0000000"],
    ["'23:59:59.9999999'", "23:59:59.9999999"],
  ]),
  testType(
    "nvarchar(60) COLLATE Latin1_General_CI_AI",
    "text",
    [
      ["N''", ""],
      ["N'a'", "a"],
      ["N'A'", "A", "same"],
      ["N'á'", "á", "same"],
      ["N'b '", "b "],
      ["N'b'", "b", "same"],
      ...texts("重庆市", "it's", "100%_", "back\\slash"),
    ],
    { traits: ["case-insensitive", "accent-insensitive"] },
  ),
  testType("varchar(60) COLLATE Chinese_PRC_CI_AS", "text", texts("阿", "李四", "张三", "重庆"), {
    traits: ["pinyin"],
  }),
  testType("varchar(60) COLLATE Chinese_PRC_BIN", "text", texts("", "A", "a", "重庆")),
  testType(
    "varchar(60) COLLATE SQL_Latin1_General_CP1_CI_AS",
    "text",
    texts("a-b", "ab", "é", "ÿ"),
  ),
  testType(
    "char(6) COLLATE Chinese_PRC_CI_AS",
    "text",
    [
      ["'ab'", "ab"],
      ["'ab  '", "ab", "same"],
      ["'  ab'", "  ab"],
      ["''", ""],
    ],
    { traits: ["padded"] },
  ),
  testType("nchar(6)", "text", [
    ["N'重'", "重"],
    ["N''", ""],
  ]),
  testType(
    "uniqueidentifier",
    "text",
    [
      ["'00000000-0000-0000-0000-010000000000'", "00000000-0000-0000-0000-010000000000"],
      ["'00000000-0000-0000-0100-000000000000'", "00000000-0000-0000-0100-000000000000"],
      ["'01000000-0000-0000-0000-000000000000'", "01000000-0000-0000-0000-000000000000"],
      ["'6f9619ff-8b86-d011-b42d-00c04fc964ff'", "6F9619FF-8B86-D011-B42D-00C04FC964FF"],
    ],
    { traits: ["uniqueidentifier"] },
  ),
  testType("varbinary(10)", "binary", [
    ["0x01", bytes("01")],
    ["0x0102", bytes("0102")],
    ["0xFF27", bytes("ff27")],
  ]),
  testType("binary(4)", "binary", [["0x01", bytes("01000000")]]),
  largeText,
  testType("ntext", "text", texts("", "重庆"), { orderable: false }),
  testType("text", "text", [["'x'", "x"]], { orderable: false }),
  testType("xml", "text", [["N'<a>重庆</a>'", "<a>重庆</a>"]], { orderable: false }),
  testType("image", "binary", [["0x00FF", bytes("00ff")]], { orderable: false }),
  testType("hierarchyid", "other", [["'/1/2/'", "/1/2/"]]),
  testType("sql_variant", "other", [["CONVERT(int, 7)", "7"]]),
  testType("geometry", "geometry", [
    [
      "geometry::STGeomFromText('POINT(106.5 29.5)', 4490)",
      bytes("01010000208a110000" + "0000000000a05a40" + "0000000000803d40"),
    ],
  ]),
];
