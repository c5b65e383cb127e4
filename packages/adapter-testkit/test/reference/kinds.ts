import type { RawValue } from "@qianzhi/sdk";
import { testType, type TestType } from "../../src/index.ts";

/** A kind of column of the reference database: its test type, and how it compares. */
interface Kind {
  readonly type: TestType;
  compare(a: RawValue, b: RawValue): number;
  /** How many fraction digits its times hold. */
  readonly fraction?: number;
}

const byText = (a: RawValue, b: RawValue) => order(String(a), String(b));
const folded =
  (fold: (text: string) => string) =>
  (a: RawValue, b: RawValue): number =>
    order(fold(String(a)), fold(String(b)));
const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const hex = (bytes: string) => new Uint8Array(Buffer.from(bytes, "hex"));
const pinyin = new Intl.Collator("zh-u-co-pinyin");

/** Digits as a whole number of 10^-9: exact for what is stored here. */
function scaled(value: RawValue): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)\.?(\d*)$/.exec(String(value)) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(9, "0")}`);
}

const quoted = (text: string) => [JSON.stringify(text), text] as const;

export const kinds = {
  integer: {
    type: testType("integer", "integer", [
      ["0", 0],
      ["-1", -1],
      ["9007199254740993", "9007199254740993"],
    ]),
    compare: (a, b) => order(BigInt(a as number), BigInt(b as number)),
  },
  text: {
    type: testType("text", "text", [quoted(""), quoted("a"), quoted("A"), quoted("重庆")]),
    compare: byText,
  },
  folded: {
    type: testType(
      "text ci ai",
      "text",
      [quoted("a"), [...quoted("A"), "same"], quoted("e"), [...quoted("é"), "same"], quoted("z")],
      { traits: ["case-insensitive", "accent-insensitive"] },
    ),
    compare: folded((text) => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase()),
  },
  padded: {
    type: testType(
      "char(6)",
      "text",
      [
        ['"ab"', "ab"],
        ['"ab   "', "ab", "same"],
        ['"b"', "b"],
      ],
      {
        traits: ["padded"],
      },
    ),
    compare: folded((text) => text.trimEnd()),
  },
  pinyin: {
    type: testType("text pinyin", "text", [quoted("张"), quoted("李"), quoted("阿")], {
      traits: ["pinyin"],
    }),
    compare: (a, b) => pinyin.compare(String(a), String(b)) || byText(a, b),
  },
  guid: {
    type: testType(
      "uniqueidentifier",
      "text",
      ["00000000-0000-0000-0000-0000000000ff", "ff000000-0000-0000-0000-000000000000"].map(quoted),
      { traits: ["uniqueidentifier"] },
    ),
    compare: folded((text) => text.split("-").toReversed().join("-")),
  },
  datetime: {
    type: testType(
      "datetime(6)",
      "datetime",
      [
        "1986-05-04 00:30:00.000000",
        "2040-01-01 00:00:00.000001",
        "2040-01-01 00:00:00.000002",
      ].map(quoted),
      { traits: ["fractions of a second"] },
    ),
    compare: byText,
    fraction: 6,
  },
  decimal: {
    type: testType("decimal", "decimal", [
      ['"-0.5"', "-0.5"],
      ['"12345678901234567890.123456789"', "12345678901234567890.123456789"],
    ]),
    compare: (a, b) => order(scaled(a), scaled(b)),
  },
  binary: {
    type: testType("binary", "binary", [
      ["x00", hex("00")],
      ["xFF27", hex("ff27")],
    ]),
    compare: (a, b) => Buffer.compare(a as Uint8Array, b as Uint8Array),
  },
  misdeclared: {
    type: testType("text latin1", "text", [
      ["xD6D8C7EC", hex("d6d8c7ec")],
      ["xB1B1BEA9", hex("b1b1bea9")],
    ]),
    compare: (a, b) => Buffer.compare(a as Uint8Array, b as Uint8Array),
  },
  json: {
    type: testType("json", "json", [quoted('{"a":1.10}')]),
    compare: byText,
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** The kind of a test type. */
export function kindOf({ native }: Pick<TestType, "native">): Kind {
  const found = Object.values<Kind>(kinds).find(({ type }) => type.native === native);
  if (found === undefined) throw new Error(`no kind ${native}`);
  return found;
}

/** A value as it is written: digits, JSON text, `x` and hex digits, NULL, or NOW. */
export function parseWritten(write: string | null, now: () => string, native: string): RawValue {
  if (write === null) return null;
  if (write === "NOW") return now();
  if (write.startsWith("x")) return hex(write.slice(1));
  if (!write.startsWith('"')) {
    const number = Number(write);
    return Number.isSafeInteger(number) ? number : write;
  }
  const text = JSON.parse(write) as string;
  return native === "char(6)" ? text.trimEnd() : text;
}
