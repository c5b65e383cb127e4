import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicaliser, isRefused, type Item, type ReasonCode } from "../src/index.ts";
import { item } from "./fixtures.ts";

const options = { offset: "+08:00" };
const canonical = (of: Item, value: unknown): unknown => canonicaliser(of, options)(value);

/** What becomes of raw values: a canonical value, null for none, or the code of the refusal. */
function holds(of: Item, cases: readonly (readonly [raw: unknown, expected: unknown])[]): void {
  for (const [raw, expected] of cases) {
    const value = canonical(of, raw);
    assert.deepEqual(
      isRefused(value) ? value.code : value,
      expected,
      `${of.type} of ${String(raw)}`,
    );
  }
}

const refuses = (of: Item, code: ReasonCode, values: readonly unknown[]): void =>
  holds(
    of,
    values.map((value) => [value, code]),
  );

describe("text", () => {
  const text = item("string");

  test("is taken as it is, compatibility ideographs and blanks included", () => {
    for (const value of ["张三", " a ", "\u{20BB7}野家", "豈", "é", "e\u0301", "\t\n"])
      assert.equal(canonical(text, value), value);
  });

  test("of length zero is no value", () =>
    holds(text, [
      ["", null],
      [null, null],
      [undefined, null],
    ]));

  test("with half a surrogate pair or U+0000 is refused", () =>
    refuses(text, "QZ_TEXT_INVALID", ["\ud800", "a\udc00b", "\udc00\ud800", "a\0"]));

  test("of a number is its digits", () =>
    holds(text, [
      [7, "7"],
      [-1.5, "-1.5"],
      [1e21, "1000000000000000000000"],
      [5e-7, "0.0000005"],
      [-0, "0"],
      [10n, "10"],
      [Number.NaN, "QZ_NUMBER_INVALID"],
      [true, "QZ_TYPE"],
      [new Uint8Array(1), "QZ_TYPE"],
    ]));
});

describe("integers", () => {
  const integer = item("integer");

  test("are numbers within ±(2^53−1) and texts beyond", () =>
    holds(integer, [
      [5, 5],
      ["5", 5],
      ["-007", -7],
      ["+7", 7],
      ["12.000", 12],
      [-0, 0],
      ["-0", 0],
      ["9007199254740991", 9007199254740991],
      ["9007199254740992", "9007199254740992"],
      ["-18446744073709551616", "-18446744073709551616"],
      [true, 1],
      [12n, 12],
    ]));

  test("with a fraction are refused, as is what is no number", () => {
    refuses(integer, "QZ_VALUE_INEXACT", [1.5, "1.01"]);
    refuses(integer, "QZ_NUMBER_INVALID", [
      "1e3",
      " 1",
      "1 ",
      "0x1",
      "１",
      "-",
      ".",
      Number.NaN,
      Infinity,
    ]);
  });

  test("keep every value: the text of the canonical form is that of the integer", () =>
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        assert.equal(String(canonical(integer, String(value))), String(value));
      }),
    ));
});

describe("decimals", () => {
  const decimal = item("decimal", { precision: 6, scale: 2 });

  test("have exactly their scale of digits after the point", () =>
    holds(decimal, [
      ["12.50", "12.50"],
      ["12.5", "12.50"],
      ["12", "12.00"],
      [12.5, "12.50"],
      ["-0.00", "0.00"],
      ["-0.01", "-0.01"],
      ["007.1", "7.10"],
      [".5", "0.50"],
      ["1.5000", "1.50"],
      ["9999.99", "9999.99"],
      ["0", "0.00"],
    ]));

  test("are refused rather than rounded", () => {
    refuses(decimal, "QZ_SCALE", ["1.005", "0.001", 0.1 + 0.2]);
    refuses(decimal, "QZ_PRECISION", ["10000.00", "-12345"]);
    refuses(decimal, "QZ_NUMBER_INVALID", ["1e2", "1,000.00", "--1", "1.", Number.NaN]);
  });

  test("equal values have one text, different values different ones", () =>
    fc.assert(
      fc.property(
        fc.bigInt({ min: -999999n, max: 999999n }),
        fc.nat(3),
        fc.nat(3),
        (cents, zeros, leading) => {
          const digits = String(cents < 0n ? -cents : cents).padStart(3, "0");
          const sign = cents < 0n ? "-" : "";
          const written = `${sign}${"0".repeat(leading)}${digits.slice(0, -2)}.${digits.slice(-2)}${"0".repeat(zeros)}`;
          const expected = `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
          assert.equal(canonical(decimal, written), expected);
          assert.equal(canonical(decimal, expected), expected);
        },
      ),
    ));
});

describe("doubles", () => {
  const double = item("double");

  test("are themselves, −0 as 0", () => {
    holds(double, [
      [1.5, 1.5],
      ["0.1", 0.1],
      ["1.50", 1.5],
      [5e-324, 5e-324],
    ]);
    assert.ok(Object.is(canonical(double, -0), 0));
    assert.ok(Object.is(canonical(double, "-0.0"), 0));
  });

  test("take a decimal only when their shortest text denotes it", () =>
    refuses(double, "QZ_VALUE_INEXACT", [
      "9007199254740993",
      "0.1000000000000000055",
      `1${"0".repeat(400)}`,
    ]));

  test("that are no numbers are refused", () =>
    refuses(double, "QZ_NUMBER_INVALID", [Number.NaN, Infinity, -Infinity, "1e3", "abc"]));
});

describe("booleans", () => {
  test("come from true and false, 1 and 0, as values and texts, and from nothing else", () =>
    holds(item("boolean"), [
      [true, true],
      [1, true],
      ["1", true],
      ["true", true],
      [false, false],
      [0, false],
      ["0", false],
      ["", null],
      ["Y", "QZ_TYPE"],
      [2, "QZ_TYPE"],
      ["TRUE", "QZ_TYPE"],
    ]));
});

describe("dates", () => {
  const date = item("date");

  test("are days of the Gregorian calendar", () =>
    holds(date, [
      ["2024-02-29", "2024-02-29"],
      ["0001-01-01", "0001-01-01"],
      ["9999-12-31", "9999-12-31"],
      ["1986-05-04", "1986-05-04"],
      ["2024-01-02 00:00:00", "2024-01-02"],
      ["2024-01-02T00:00:00.000", "2024-01-02"],
      ["2024-01-01 16:00:00Z", "2024-01-02"],
      ["", null],
    ]));

  test("that do not exist are refused, zero dates with their own reason", () => {
    refuses(date, "QZ_DATE_INVALID", [
      "2023-02-29",
      "1900-02-29",
      "2024-13-01",
      "2024-01-32",
      "10000-01-01",
      "infinity",
      "2024-1-5",
      "20240105",
    ]);
    refuses(date, "QZ_DATE_ZERO", [
      "0000-00-00",
      "2024-00-10",
      "2024-05-00",
      "0000-00-00 00:00:00",
    ]);
    refuses(date, "QZ_TIME_PRESENT", ["2024-01-02 00:00:01", "2024-01-02 00:00:00.000001"]);
    refuses(date, "QZ_TYPE", [20240105, new Date(0)]);
  });

  test("agree with the calendar on every combination of numbers", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(15), fc.nat(35), (year, month, day) => {
        const text = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
        const instant = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
        assert.equal(canonical(date, text) === text, exists, text);
      }),
      {
        examples: [
          [1900, 2, 29],
          [2000, 2, 29],
          [4, 2, 29],
          [100, 2, 29],
        ],
      },
    ));
});

describe("times", () => {
  const seconds = item("datetime");
  const millis = item("datetime", { fraction: 3 });

  test("without zone are taken as written, in the source's offset", () =>
    holds(seconds, [
      ["2024-01-02 03:04:05", "2024-01-02T03:04:05+08:00"],
      ["1900-12-31 23:59:59", "1900-12-31T23:59:59+08:00"],
      ["1986-05-04 02:30:00", "1986-05-04T02:30:00+08:00"],
      ["2024-01-02T03:04:05+08:00", "2024-01-02T03:04:05+08:00"],
      ["2024-01-02 03:04:05.000", "2024-01-02T03:04:05+08:00"],
    ]));

  test("have exactly their fraction digits, and lose none but zeros", () => {
    holds(millis, [
      ["2024-01-02 03:04:05", "2024-01-02T03:04:05.000+08:00"],
      ["2024-01-02 03:04:05.1", "2024-01-02T03:04:05.100+08:00"],
      ["2024-01-02 03:04:05.123000", "2024-01-02T03:04:05.123+08:00"],
      ["2024-01-02 03:04:05.123", "2024-01-02T03:04:05.123+08:00"],
    ]);
    refuses(millis, "QZ_FRACTION", ["2024-01-02 03:04:05.1234"]);
    refuses(seconds, "QZ_FRACTION", ["2024-01-02 03:04:05.5"]);
  });

  test("with another zone are moved to the source's by whole seconds, across days and years", () =>
    holds(seconds, [
      ["2023-12-31 16:00:00+00:00", "2024-01-01T00:00:00+08:00"],
      ["2024-03-01 00:00:00+09:00", "2024-02-29T23:00:00+08:00"],
      ["2024-01-01 00:00:00 -05:30", "2024-01-01T13:30:00+08:00"],
      ["1900-01-01 08:05:43+08:05:43", "1900-01-01T08:00:00+08:00"],
      ["2023-12-31T16:00:00Z", "2024-01-01T00:00:00+08:00"],
      ["9999-12-31 23:00:00+00:00", "QZ_DATE_INVALID"],
      ["0001-01-01 00:00:00+14:00", "QZ_DATE_INVALID"],
    ]));

  test("of 24:00, second 60, or without a time are refused", () => {
    refuses(seconds, "QZ_TIME_INVALID", [
      "2024-01-02 24:00:00",
      "2024-01-02 23:59:60",
      "2024-01-02 03:04",
      "2024-01-02 03:04:05+8",
    ]);
    refuses(seconds, "QZ_TIME_ABSENT", ["2024-01-02"]);
    refuses(seconds, "QZ_DATE_ZERO", ["0000-00-00 00:00:00"]);
    refuses(seconds, "QZ_DATE_INVALID", ["infinity", "-infinity", "2024-02-30 00:00:00"]);
  });

  test("denote the instant they were given, whatever their zone", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1000-01-01"), max: new Date("9000-01-01"), noInvalidDate: true }),
        fc.integer({ min: -840, max: 840 }),
        (date, minutes) => {
          const instant = Math.floor(date.getTime() / 1000) * 1000;
          const wall = new Date(instant + minutes * 60_000)
            .toISOString()
            .slice(0, 19)
            .replace("T", " ");
          const size = Math.abs(minutes);
          const zone = `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
          const value = String(canonical(seconds, wall + zone));
          assert.ok(value.endsWith("+08:00"));
          assert.equal(Date.parse(value), instant);
        },
      ),
    ));

  test("of day carry the offset, and durations are refused", () => {
    holds(item("time"), [
      ["08:30:00", "08:30:00+08:00"],
      ["08:30:00.000", "08:30:00+08:00"],
      ["08:30:00+08:00", "08:30:00+08:00"],
      ["08:30:00+08", "08:30:00+08:00"],
    ]);
    holds(item("time", { fraction: 2 }), [
      ["08:30:00.5", "08:30:00.50+08:00"],
      ["08:30:00.55", "08:30:00.55+08:00"],
    ]);
    refuses(item("time"), "QZ_TIME_INVALID", [
      "-01:00:00",
      "25:00:00",
      "838:59:59",
      "24:00:00",
      "08:30:00+09:00",
      "8:30",
    ]);
  });
});

describe("binary", () => {
  test("is base64, as every reader writes it", () =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        assert.equal(canonical(item("binary"), bytes), text);
        assert.equal(canonical(item("binary"), text), text);
      }),
    ));

  test("as text must be canonical base64", () =>
    refuses(item("binary"), "QZ_NOT_CANONICAL", ["QQ", "QR==", "Q===", "QUJ=", "Q Q=", "-_=="]));
});

describe("any canonical value", () => {
  const items = [
    item("string"),
    item("integer"),
    item("decimal", { precision: 20, scale: 4 }),
    item("double"),
    item("date"),
    item("datetime", { fraction: 3 }),
    item("time"),
    item("boolean"),
    item("binary"),
    item("json"),
    item("geometry"),
  ];

  test("is its own canonical form", () => {
    const raw = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.uint8Array(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...items), raw, (of, value) => {
        const once = canonical(of, value);
        if (!isRefused(once) && once !== null) assert.deepEqual(canonical(of, once), once);
      }),
    );
  });

  test("is refused in words that hold no value", () => {
    for (const of of items) {
      const answer = canonical(of, "canary-5d1f");
      if (isRefused(answer)) assert.doesNotMatch(JSON.stringify(answer), /canary/);
    }
  });
});
