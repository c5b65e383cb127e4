import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicaliser, compileResource, isRefused, type Item } from "../src/index.ts";
import { item, resource } from "./fixtures.ts";

const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const twoDigits = fc.oneof(
  fc.integer({ min: 0, max: 61 }).map((n) => String(n).padStart(2, "0")),
  digits(3),
);
const day = fc
  .tuple(fc.constantFrom("2024", "1969", "0000", "9999", "0099", "10000"), twoDigits, twoDigits)
  .map((parts) => parts.join("-"));
const fraction = fc.oneof(
  fc.constant(""),
  digits(9).map((text) => `.${text}`),
);
const offset = fc.constantFrom("", "Z", "+08:00", "-00:00", "+00:00", "-12:30", "+24:00", "+8");
const timeOfDay = fc
  .tuple(twoDigits, twoDigits, twoDigits, fraction, offset)
  .map(([h, m, s, after, at]) => `${h}:${m}:${s}${after}${at}`);

/** What sources hand over, well formed and nearly so. */
const raw = fc.oneof(
  fc.string({ unit: "binary" }),
  day,
  timeOfDay,
  fc.tuple(day, fc.constantFrom(" ", "T"), timeOfDay).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("", "-"), digits(40), fraction).map((parts) => parts.join("")),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.uint8Array(),
  fc.json(),
  fc.constantFrom(
    '{"type":"Point","coordinates":[1.50,2]}',
    '{ "b": 1, "a": [1.0] }',
    "AQ==",
    "AQ",
    "",
  ),
);

const items: readonly Item[] = [
  item("string", { maxLength: 8 }),
  item("text", { minLength: 2, pattern: "^[^x]" }),
  item("string", { codes: "GB/T 2261.1" }),
  item("string", { format: "mobile" }),
  item("integer", { minimum: -5, maximum: 100 }),
  item("integer"),
  item("decimal", { precision: 20, scale: 4 }),
  item("decimal", { precision: 3, scale: 3, maximum: "0.5" }),
  item("double", { minimum: 0 }),
  item("date"),
  item("datetime"),
  item("datetime", { fraction: 3 }),
  item("time"),
  item("time", { fraction: 6 }),
  item("boolean"),
  item("binary"),
  item("json"),
  item("geometry"),
];

describe("validateCanonical", () => {
  test("finds in a value that a canonicaliser gave what validate finds in it", () => {
    const compiled = items.map((of) => ({
      canonical: canonicaliser(of, { offset: "+08:00", undeclaredCrs: "EPSG:4490" }),
      resource: compileResource(resource([of])),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...compiled), raw, ({ canonical, resource: of }, value) => {
        const given = canonical(value);
        if (given === null || isRefused(given)) return;
        const record = { id: "1", value: given };
        assert.deepEqual(of.validateCanonical(record), of.validate(record));
      }),
      { numRuns: 3_000 },
    );
  });

  test("finds what the descriptor forbids", () => {
    const { validateCanonical } = compileResource(
      resource([item("decimal", { precision: 5, scale: 2, maximum: 10 })]),
    );
    const found = validateCanonical({ id: "1", value: "10.01" });
    assert.deepEqual(
      found.map(({ code }) => code),
      ["QZ_RANGE"],
    );
    assert.deepEqual(
      validateCanonical({ value: "1.00" }).map(({ item: name, code }) => `${name} ${code}`),
      ["id QZ_REQUIRED"],
    );
  });
});
