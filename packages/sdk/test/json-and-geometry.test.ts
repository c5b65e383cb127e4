import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicaliser, isRefused, type CanonicalOptions, type Item } from "../src/index.ts";
import { item } from "./fixtures.ts";

const canonical = (of: Item, value: unknown, options: Partial<CanonicalOptions> = {}): unknown => {
  const answer = canonicaliser(of, { offset: "+08:00", ...options })(value);
  return isRefused(answer) ? answer.code : answer;
};

describe("JSON", () => {
  const json = (value: unknown): unknown => canonical(item("json"), value);

  test("keeps every digit, sorts names by code point and drops white space", () => {
    assert.equal(
      json('{ "b" : 1.10, "a":[1e400, -0, 12345678901234567890],"\\u00e9":"\\/\\u4e00" }'),
      '{"a":[1e400,-0,12345678901234567890],"b":1.10,"é":"/一"}',
    );
    assert.equal(json('{"\u{1F600}":1,"\uFF5E":2}'), '{"\uFF5E":2,"\u{1F600}":1}');
    assert.equal(json("null"), "null");
    assert.equal(json(""), null);
  });

  test("with a name twice in one object is refused, also when it is written differently", () => {
    assert.equal(json('{"a":1,"a":1}'), "QZ_JSON_DUPLICATE");
    assert.equal(json('{"a":1,"\\u0061":2}'), "QZ_JSON_DUPLICATE");
    assert.equal(json('[{"a":1},{"a":1}]'), '[{"a":1},{"a":1}]');
  });

  test("with half characters or U+0000 is refused", () => {
    assert.equal(json('"\\ud800"'), "QZ_TEXT_INVALID");
    assert.equal(json('{"\\u0000":1}'), "QZ_TEXT_INVALID");
  });

  test("that is not JSON is refused as JSON.parse refuses it", () => {
    for (const text of [
      "{",
      "[1,]",
      "{a:1}",
      "01",
      "1.",
      "+1",
      "'a'",
      "nul",
      '"\n"',
      '"\\x"',
      "[1 2]",
      "",
      " ",
      "{}{}",
      '{"a":1,}',
      "\u00a01",
    ])
      assert.equal(json(`${text} `), "QZ_JSON_INVALID", text);
    assert.equal(json("[".repeat(5000) + "]".repeat(5000)), "QZ_JSON_INVALID");
  });

  test("reads as the same value as before, for any JSON", () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const answer = String(json(text));
        if (answer !== "QZ_TEXT_INVALID") assert.deepEqual(JSON.parse(answer), JSON.parse(text));
      }),
    ));

  test("of an application value is its text; what JSON cannot hold is refused", () => {
    assert.equal(json({ b: [1, null], a: true }), '{"a":true,"b":[1,null]}');
    for (const value of [
      { a: Number.NaN },
      { a: undefined },
      new Date(0),
      { a: () => 1 },
      { toJSON: () => 1 },
      10n,
    ])
      assert.equal(json(value), "QZ_TYPE");
  });
});

/** EWKB from hex, blanks ignored. */
const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const srid = "8a110000";
const half = "000000000000e03f";
const two = "0000000000000040";
const minusZero = "0000000000000080";

describe("geometry", () => {
  const geometry = (value: unknown, options: Partial<CanonicalOptions> = {}): unknown =>
    canonical(item("geometry"), value, options);

  test("comes from EWKB with its vertices in their order and shortest ordinates", () => {
    assert.equal(
      geometry(bytes(`01 01000020 ${srid} ${half} ${two}`)),
      '{"type":"Point","coordinates":[0.5,2]}',
    );
    assert.equal(
      geometry(bytes(`01 010000a0 ${srid} ${half} ${two} ${minusZero}`)),
      '{"type":"Point","coordinates":[0.5,2,0]}',
    );
    assert.equal(
      geometry(bytes(`01 02000020 ${srid} 02000000 ${half}${two} ${two}${half}`)),
      '{"type":"LineString","coordinates":[[0.5,2],[2,0.5]]}',
    );
    assert.equal(
      geometry(bytes(`01 03000020 ${srid} 01000000 02000000 ${half}${two} ${two}${half}`)),
      '{"type":"Polygon","coordinates":[[[0.5,2],[2,0.5]]]}',
    );
    assert.equal(
      geometry(bytes(`01 04000020 ${srid} 01000000 01 01000000 ${half}${two}`)),
      '{"type":"MultiPoint","coordinates":[[0.5,2]]}',
    );
    assert.equal(
      geometry(bytes(`01 07000020 ${srid} 01000000 01 01000000 ${half}${two}`)),
      '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[0.5,2]}]}',
    );
  });

  test("is read in either byte order, and in the ISO numbering of Z", () => {
    assert.equal(
      geometry(bytes("00 20000001 0000118a 3fe0000000000000 4000000000000000")),
      '{"type":"Point","coordinates":[0.5,2]}',
    );
    assert.equal(
      geometry(bytes(`01 e9030000 ${half}${two}${two}`), { undeclaredCrs: "EPSG:4490" }),
      '{"type":"Point","coordinates":[0.5,2,2]}',
    );
  });

  test("in another coordinate system, or in none that is declared, is refused and not converted", () => {
    assert.equal(geometry(bytes(`01 01000020 e6100000 ${half} ${two}`)), "QZ_GEOMETRY_CRS");
    assert.equal(geometry(bytes(`01 01000000 ${half} ${two}`)), "QZ_GEOMETRY_CRS");
    assert.equal(
      geometry(bytes(`01 01000000 ${half} ${two}`), { undeclaredCrs: "EPSG:4490" }),
      '{"type":"Point","coordinates":[0.5,2]}',
    );
    assert.equal(
      canonical(
        item("geometry", { crs: "EPSG:4326" }),
        bytes(`01 01000020 e6100000 ${half} ${two}`),
      ),
      '{"type":"Point","coordinates":[0.5,2]}',
    );
  });

  test("that GeoJSON cannot hold is refused: measures, curves, NaN, parts of other kinds, bytes too few or too many", () => {
    for (const hex of [
      `01 01000060 ${srid} ${half}${two}${two}`,
      `01 08000020 ${srid} 00000000`,
      `01 01000020 ${srid} 000000000000f87f ${two}`,
      `01 04000020 ${srid} 01000000 01 02000000 00000000`,
      `01 07000020 ${srid} 01000000 01 01000020 e6100000 ${half}${two}`,
      `01 01000020 ${srid} ${half}`,
      `01 01000020 ${srid} ${half}${two}00`,
      `01 02000020 ${srid} ffffffff`,
      "",
      "01",
      "02 01000000",
    ])
      assert.equal(geometry(bytes(hex)), "QZ_GEOMETRY_INVALID", hex);
  });

  test("never fails otherwise, whatever the bytes", () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (value) => void geometry(value))));

  test("comes from GeoJSON with its members in one order and nothing beside them", () => {
    assert.equal(
      geometry('{"coordinates":[1.50,-0],"type":"Point"}'),
      '{"type":"Point","coordinates":[1.5,0]}',
    );
    assert.equal(
      geometry({ type: "Point", coordinates: [1e-7, 2] }),
      '{"type":"Point","coordinates":[1e-7,2]}',
    );
    for (const value of [
      '{"type":"Point","coordinates":[1]}',
      '{"type":"Point","coordinates":[1,2],"bbox":[]}',
      '{"type":"Feature","geometry":null}',
      '{"type":"Point","coordinates":[0.1000000000000000055,1]}',
      "[]",
      "POINT(1 2)",
    ])
      assert.equal(geometry(value), "QZ_GEOMETRY_INVALID", value);
  });
});
