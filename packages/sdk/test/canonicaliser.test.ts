import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isRefused } from "../src/index.ts";
import { canonical, holds, refuses } from "./canonical-expectations.ts";
import { item } from "./fixtures.ts";

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
