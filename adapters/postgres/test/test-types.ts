import { testType, type Written } from "@qianzhi/adapter-testkit";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const same = (...values: readonly string[]): Written[] =>
  values.map((value) => [`'${value}'`, value]);

/** What the database must have before its types can be made. */
export const extensions = `CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('z', 'a', 'm');
  CREATE DOMAIN id_card AS varchar(18) CHECK (length(value) > 0); CREATE DOMAIN narrow AS id_card;
  CREATE TYPE pair AS (a int, b text);`;

/** Since PostgreSQL 12, 12 and 10. */
export const collations = [
  "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  "CREATE COLLATION noaccent (provider = icu, locale = 'und-u-ks-level1-kc-true', deterministic = false)",
  "CREATE COLLATION pinyin (provider = icu, locale = 'zh-u-co-pinyin')",
];

export const integer = testType("integer", "integer", [
  ["0", 0],
  ["-2147483648", -2147483648],
  ["2147483647", 2147483647],
]);

export const timestamp = testType(
  "timestamp",
  "datetime",
  [
    ...same(
      "2024-01-01 00:00:00.000001",
      "2024-01-01 00:00:00.000002",
      "2024-01-01 00:00:00",
      "-infinity",
    ),
    ["'2024-01-01 00:00:00.120000'", "2024-01-01 00:00:00.12"],
  ],
  { traits: ["fractions of a second"] },
);

export const text = testType("varchar(200)", "text", same("", "x", "重庆"));

export const longText = testType("text", "text", same("", "x", "重庆"));

/** Every kind of column, at the values where readers go wrong. */
export const types = [
  integer,
  testType("smallint", "integer", [
    ["-32768", -32768],
    ["32767", 32767],
  ]),
  testType("bigint", "integer", [
    ["-9223372036854775808", "-9223372036854775808"],
    ["-9007199254740993", "-9007199254740993"],
    ["-9007199254740991", -9007199254740991],
    ["0", 0],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", "9007199254740992"],
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
  ]),
  testType("numeric(60,30)", "decimal", [
    [
      "123456789012345678901234567890.123456789012345678901234567891",
      "123456789012345678901234567890.123456789012345678901234567891",
    ],
    ["-0.000000000000000000000000000001", "-0.000000000000000000000000000001"],
  ]),
  testType("numeric", "decimal", [
    ["'NaN'", "NaN"],
    ["1.50", "1.50"],
    ["1e30", "1000000000000000000000000000000"],
    ["0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"],
  ]),
  testType("money", "decimal", [
    ["-12.34::numeric", "-12.34"],
    ["92233720368547758.07::numeric", "92233720368547758.07"],
  ]),
  testType(
    "real",
    "double",
    [
      ["16777217", 16777216],
      ["0.1", 0.10000000149011612],
      ["-3.4028234e38", -3.4028234663852886e38],
    ],
    { orderable: false },
  ),
  testType(
    "double precision",
    "double",
    [
      ["9.876543219876543", 9.876543219876543],
      ["0.1", 0.1],
      ["1.7976931348623157e308", 1.7976931348623157e308],
      ["2.2250738585072014e-308", 2.2250738585072014e-308],
      ["'infinity'", Infinity],
    ],
    { orderable: false },
  ),
  testType("boolean", "boolean", [
    ["false", false],
    ["true", true],
  ]),
  testType(
    "date",
    "date",
    same("0044-03-15 BC", "-infinity", "1900-02-28", "1986-05-04", "9999-12-31", "infinity"),
  ),
  testType(
    "timestamp(0)",
    "datetime",
    same("1899-12-31 23:59:59", "1986-05-04 00:30:00", "2040-01-01 00:00:00"),
  ),
  timestamp,
  testType("timestamptz", "instant", [
    ["'1986-05-04 00:30:00+08'", "1986-05-04 00:30:00+08:00"],
    ["'1970-01-01 00:00:00+00'", "1970-01-01 08:00:00+08:00"],
    ["'1900-12-31 23:59:59.999999+08'", "1900-12-31 23:59:59.999999+08:00"],
    ["'0044-03-15 00:00:00+08 BC'", "0044-03-15 00:00:00+08:00 BC"],
    ["'infinity'", "infinity"],
  ]),
  testType("time", "time", same("00:00:00", "23:59:59.999999", "24:00:00")),
  testType("timetz", "other", [["'12:00:00.5+08'", "12:00:00.5+08"]], { orderable: false }),
  testType("interval", "other", [["'1 year 2 days 3 hours'", "P1Y2DT3H"]], { orderable: false }),
  testType("text", "text", [
    ["''", ""],
    ...same("a", "A", "á", "b ", "b", "重庆市", "𠮷田", "\u{1F600}", "ｆｕｌｌ", "\u{F900}"),
    ["'it''s'", "it's"],
    ["'back\\slash'", "back\\slash"],
    ["E'line\\nbreak'", "line\nbreak"],
    ["'100%_$1?'", "100%_$1?"],
  ]),
  testType(
    "citext",
    "text",
    [
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'b'", "b"],
    ],
    { traits: ["case-insensitive"] },
  ),
  testType("varchar(60) COLLATE pg_unicode_fast", "text", same("", "A", "a", "b", "重庆", "𠮷")),
  testType('varchar(60) COLLATE "C"', "text", same("", "A", "a", "b", "重庆", "\u{1F600}")),
  testType("varchar(60) COLLATE pinyin", "text", same("阿", "重庆", "李四", "张三", "朱镕"), {
    traits: ["pinyin"],
  }),
  testType(
    "varchar(60) COLLATE nocase",
    "text",
    [
      ["'a'", "a"],
      ["'A'", "A", "same"],
      ["'b'", "b"],
      ["'á'", "á"],
    ],
    { traits: ["case-insensitive"] },
  ),
  testType(
    "varchar(60) COLLATE noaccent",
    "text",
    [
      ["'a'", "a"],
      ["'á'", "á", "same"],
      ["'b'", "b"],
    ],
    { traits: ["accent-insensitive"] },
  ),
  testType(
    "char(6)",
    "text",
    [
      ["'ab'", "ab"],
      ["'ab  '", "ab", "same"],
      ["'  ab'", "  ab"],
      ["''", ""],
      ["'重庆'", "重庆"],
    ],
    { traits: ["padded"] },
  ),
  testType('"char"', "text", same("a", "b")),
  testType("mood", "text", same("z", "a", "m")),
  testType("narrow", "text", same("110101199003078515", "a")),
  testType(
    "uuid",
    "text",
    same("00000000-0000-0000-0000-0000000000ff", "ff000000-0000-0000-0000-000000000000"),
  ),
  testType("inet", "text", same("10.0.0.1", "10.0.0.0/8", "::1")),
  testType("bit(4)", "text", [
    ["B'0101'", "0101"],
    ["B'1111'", "1111"],
  ]),
  testType("bit varying(8)", "text", [
    ["B'01'", "01"],
    ["B'010'", "010"],
  ]),
  testType("bytea", "binary", [
    ["'\\x'", bytes("")],
    ["'\\x00'", bytes("00")],
    ["'\\x0000'", bytes("0000")],
    ["'\\xff27'", bytes("ff27")],
  ]),
  testType(
    "json",
    "json",
    [[`'{"b": 1.10, "a": 9007199254740993}'`, '{"b": 1.10, "a": 9007199254740993}']],
    { orderable: false },
  ),
  testType(
    "jsonb",
    "json",
    [[`'{"b": 1.10, "a": 9007199254740993}'`, '{"a": 9007199254740993, "b": 1.10}']],
    { orderable: false },
  ),
  testType(
    "numeric[]",
    "json",
    [["'{1.10,NULL,9007199254740993}'", "[1.10,null,9007199254740993]"]],
    { orderable: false },
  ),
  testType(
    "text[]",
    "json",
    [[`'{"a \\"b",null,NULL}'`.replace("null,", '"null",'), '["a \\"b","null",null]']],
    { orderable: false },
  ),
  testType("xml", "text", [["'<a>重庆</a>'", "<a>重庆</a>"]], { orderable: false }),
  testType("int4multirange", "other", [["'{[1,5)}'", "{[1,5)}"]], { orderable: false }),
  testType("int4range", "other", [["'[1,5)'", "[1,5)"]], { orderable: false }),
  testType("point", "other", [["'(1.5,2)'", "(1.5,2)"]], { orderable: false }),
  testType("pair", "other", [["ROW(1, 'x')", "(1,x)"]], { orderable: false }),
];
