import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import {
  compileResource,
  maskValue,
  QianzhiError,
  reasonText,
  type Item,
  type JsonRecord,
} from "../src/index.ts";
import { item, resource } from "./fixtures.ts";

const codes = (
  reasons: readonly { readonly item?: string; readonly code: string }[],
): readonly string[] => reasons.map(({ item: name, code }) => `${name} ${code}`);

/** The codes of what `validate` finds in one value of an item, beside a right key. */
function found(of: Partial<Item> & Pick<Item, "type">, value: unknown): readonly string[] {
  const compiled = compileResource(resource([item(of.type, of)]));
  return compiled.validate({ id: "1", value }).map(({ code }) => code);
}

describe("validate", () => {
  test("length counts code points wherever a record is checked: one by one, and against either end", () => {
    for (const [bounds, texts] of [
      [{ maxLength: 2 }, { 𬱖𬱖: true, 𬱖𬱖𬱖: false, 甲乙: true, 甲乙丙: false }],
      [
        { minLength: 2, maxLength: 3 },
        { 𬱖: false, 𬱖𬱖: true, 𬱖𬱖𬱖: true, 𬱖𬱖𬱖𬱖: false },
      ],
    ] as const) {
      const { validate } = compileResource(resource([item("string", bounds)]));
      for (const [text, isGood] of Object.entries(texts))
        assert.equal(validate({ id: "1", value: text }).length === 0, isGood, text);
    }
  });

  test("finds nothing in a record that fits, and makes nothing for it", () => {
    const { validate } = compileResource(resource([item("string", { maxLength: 2 })]));
    assert.equal(validate({ id: "1", value: "\u{20BB7}\u{20BB7}" }).length, 0);
    assert.equal(validate({ id: "1" }), validate({ id: "2" }));
  });

  test("names every item that does not fit, with its reason", () => {
    const compiled = compileResource(
      resource([
        { identifier: "name", name: "姓名", type: "string", required: true },
        { identifier: "sex", name: "性别", type: "string", codes: "GB/T 2261.1" },
        { identifier: "phone", name: "电话", type: "string", format: "mobile" },
        { identifier: "note", name: "备注", type: "text", maxLength: 3, pattern: "^[a-z]+$" },
        { identifier: "secret", name: "密", type: "string", share: "none" },
        { identifier: "fee", name: "费", type: "decimal", precision: 5, scale: 2, maximum: 10 },
      ]),
    );
    const reasons = compiled.validate({
      id: "1",
      fee: "10.01",
      sex: "3",
      phone: "123",
      note: "ABCD",
      secret: "x",
      other: 1,
    });
    assert.deepEqual([...codes(reasons)].sort(), [
      "fee QZ_RANGE",
      "name QZ_REQUIRED",
      "note QZ_TOO_LONG",
      "other QZ_ITEM_UNKNOWN",
      "phone QZ_FORMAT",
      "secret QZ_ITEM_WITHHELD",
      "sex QZ_CODE_UNKNOWN",
    ]);
    assert.ok(
      reasons.every(({ message }) => !message.includes("x]")),
      "a withheld value is not shown",
    );
    assert.equal(
      reasonText(
        reasons.find(({ item: name }) => name === "sex")!,
        "zh",
        compiled.descriptor.items[2],
      ),
      "性别（sex）：不是 GB/T 2261.1 中的代码 [3]",
    );
  });

  test("holds each type to its canonical form", () => {
    assert.deepEqual(found({ type: "string" }, ""), ["QZ_NOT_CANONICAL"]);
    assert.deepEqual(found({ type: "string" }, "a\ud800"), ["QZ_TEXT_INVALID"]);
    assert.deepEqual(found({ type: "string" }, 5), ["QZ_TYPE"]);
    assert.deepEqual(found({ type: "integer" }, "9007199254740991"), ["QZ_NOT_CANONICAL"]);
    assert.deepEqual(found({ type: "integer" }, "9007199254740992"), []);
    assert.deepEqual(found({ type: "integer" }, 2 ** 53), ["QZ_NOT_CANONICAL"]);
    assert.deepEqual(found({ type: "integer" }, 1.5), ["QZ_TYPE"]);
    for (const value of ["1.5", "01.50", "-0.00", "+1.50", "1.500", "100000.00"])
      assert.deepEqual(
        found({ type: "decimal", precision: 6, scale: 2 }, value),
        ["QZ_NOT_CANONICAL"],
        value,
      );
    for (const value of ["-0.01", "9999.99", "0.00"])
      assert.deepEqual(found({ type: "decimal", precision: 6, scale: 2 }, value), [], value);
    for (const value of ["2023-02-29", "2023-2-1", "0000-01-01", "2023-01-01 "])
      assert.deepEqual(found({ type: "date" }, value), ["QZ_NOT_CANONICAL"], value);
    for (const value of [
      "2023-01-01 00:00:00+08:00",
      "2023-01-01T00:00:00",
      "2023-01-01T24:00:00+08:00",
      "2023-02-30T00:00:00+08:00",
      "2023-01-01T00:00:00.0+08:00",
      "2023-01-01T00:00:00Z",
      "2023-01-01T00:00:00-00:00",
    ])
      assert.deepEqual(found({ type: "datetime" }, value), ["QZ_NOT_CANONICAL"], value);
    assert.deepEqual(found({ type: "json" }, '{"b":1,"a":1}'), ["QZ_NOT_CANONICAL"]);
    assert.deepEqual(found({ type: "geometry" }, '{"coordinates":[1,2],"type":"Point"}'), [
      "QZ_NOT_CANONICAL",
    ]);
    assert.deepEqual(found({ type: "binary" }, "QQ"), ["QZ_NOT_CANONICAL"]);
    assert.deepEqual(found({ type: "boolean" }, 1), ["QZ_TYPE"]);
  });

  test("compares ranges exactly, decimals and large integers too", () => {
    const decimal = {
      type: "decimal",
      precision: 20,
      scale: 2,
      minimum: "-0.05",
      maximum: "12345678901234567.89",
    } as const;
    assert.deepEqual(found(decimal, "12345678901234567.89"), []);
    assert.deepEqual(found(decimal, "12345678901234567.90"), ["QZ_RANGE"]);
    assert.deepEqual(found(decimal, "-0.06"), ["QZ_RANGE"]);
    const integer = { type: "integer", minimum: 0, maximum: "18446744073709551615" } as const;
    assert.deepEqual(found(integer, "18446744073709551615"), []);
    assert.deepEqual(found(integer, "18446744073709551616"), ["QZ_RANGE"]);
    assert.deepEqual(found(integer, -1), ["QZ_RANGE"]);
    assert.deepEqual(found({ type: "double", maximum: 1 }, 1.5), ["QZ_RANGE"]);
  });

  test("counts characters, not code units", () => {
    assert.deepEqual(found({ type: "string", maxLength: 1 }, "\u{20BB7}"), []);
    assert.deepEqual(found({ type: "string", minLength: 2 }, "\u{20BB7}"), ["QZ_TOO_SHORT"]);
  });
});

describe("findings", () => {
  const compiled = compileResource(resource([item("string", { format: "resident-id" })]));

  test("name a wrong check digit, which does not refuse the record", () => {
    const record = { id: "1", value: "110105194912310021" };
    assert.deepEqual(compiled.validate(record), []);
    assert.deepEqual(codes(compiled.findings(record)), ["value QZ_CHECK_DIGIT"]);
    assert.deepEqual(compiled.findings({ id: "1", value: "11010519491231002X" }), []);
    assert.deepEqual(compiled.findings({ id: "1" }), []);
  });
});

describe("values in messages", () => {
  test("of high sensitivity are not shown at all, of a resident number even when nobody said so", () => {
    assert.equal(maskValue(item("string", { sensitivity: "high" }), "110105194912310021"), "***");
    assert.equal(maskValue(item("string", { format: "resident-id" }), "110105194912310021"), "***");
    assert.equal(maskValue(item("string", { sensitivity: "medium" }), "13800000000"), "13***00");
    assert.equal(maskValue(item("string", { sensitivity: "medium" }), "张三"), "***");
    assert.equal(maskValue(item("string"), "a\nb[c]".repeat(9)), `${"a·b·c·".repeat(6)}…`);
  });

  test("stay out of every reason that canonicalise and validate give for a sensitive item", () => {
    for (const type of [
      "string",
      "integer",
      "decimal",
      "double",
      "date",
      "datetime",
      "time",
      "boolean",
      "binary",
      "json",
      "geometry",
    ] as const) {
      const compiled = compileResource(
        resource([item(type, { sensitivity: "high", precision: 5, scale: 1 })]),
      );
      const canary = "canary\0 5d1f";
      const answers = [
        compiled.canonicalise({ id: "1", value: canary }),
        compiled.validate({ id: "1", value: canary }),
      ];
      assert.doesNotMatch(JSON.stringify(answers), /5d1f/, type);
    }
  });
});

describe("canonicalise", () => {
  test("gives the record in identifier order, without nulls and without what may not be shared", () => {
    const compiled = compileResource(
      resource([
        item("decimal", { precision: 9, scale: 2 }),
        { identifier: "secret", name: "密", type: "string", share: "none" },
        { identifier: "a", name: "甲", type: "string" },
      ]),
    );
    const answer = compiled.canonicalise({ value: "1.5", secret: "x", id: "7", a: "" });
    assert.deepEqual(answer, { record: { id: "7", value: "1.50" } });
  });

  test("gives every reason at once, unknown items included", () => {
    const compiled = compileResource(resource([item("date")]));
    const answer = compiled.canonicalise({ id: "\ud800", value: "2023-02-30", other: 1 });
    assert.deepEqual("reasons" in answer ? [...codes(answer.reasons)].sort() : [], [
      "id QZ_TEXT_INVALID",
      "other QZ_ITEM_UNKNOWN",
      "value QZ_DATE_INVALID",
    ]);
  });

  test("uses the offset it was compiled with", () => {
    const compiled = compileResource(resource([item("datetime")]), { offset: "+06:00" });
    assert.deepEqual(compiled.canonicalise({ id: "1", value: "2024-01-01 00:00:00Z" }), {
      record: { id: "1", value: "2024-01-01T06:00:00+06:00" },
    });
  });

  test("refuses what is no offset before any record is seen, not one record after the other", () => {
    for (const offset of ["", "+8:00", "08:00", "+08", "+0800", "Z", "-00:00", "+15:00", "+08:60"])
      assert.throws(
        () => compileResource(resource([item("datetime")]), { offset }),
        (error) => QianzhiError.is(error) && error.code === "QZ_OFFSET_INVALID",
        offset,
      );
  });
});

describe("encode", () => {
  const compiled = compileResource(
    resource(
      [
        item("text"),
        { identifier: "n", name: "数", type: "double" },
        { identifier: "b", name: "否", type: "boolean" },
      ],
      { key: ["value", "id"] },
    ),
  );

  test("writes the members in identifier order, nulls and strangers left out", () => {
    assert.equal(
      compiled.encode({ value: 'é"\u2028\u0001', n: -0, id: "1", b: null, other: 1 }),
      '{"id":"1","n":0,"value":"é\\"\u2028\\u0001"}',
    );
    assert.equal(compiled.encode({ b: false, id: "1", n: 1e21 }), '{"b":false,"id":"1","n":1e+21}');
    assert.equal(compiled.encodeKey({ n: 1, value: "x", id: "1" }), '{"id":"1","value":"x"}');
  });

  test("refuses a key that is not whole", () => {
    assert.throws(() => compiled.encodeKey({ id: "1" }), { code: "QZ_KEY_NULL" });
  });

  const anyRecord = fc.record(
    {
      id: fc.string({ minLength: 1 }),
      value: fc.string({ unit: "grapheme", minLength: 1 }),
      n: fc.double({ noNaN: true, noDefaultInfinity: true }),
      b: fc.boolean(),
    },
    { requiredKeys: ["id", "value"] },
  );

  /** The same record with its members in another order. */
  const shuffled = (record: JsonRecord): JsonRecord =>
    Object.fromEntries(Object.entries(record).reverse());

  test("then parse then encode gives the same bytes, whatever the order of the members", () =>
    fc.assert(
      fc.property(anyRecord, (record) => {
        const text = compiled.encode(record);
        assert.equal(compiled.encode(JSON.parse(text) as JsonRecord), text);
        assert.equal(compiled.encode(shuffled(record)), text);
      }),
    ));

  const anyText = fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff }),
        fc.constantFrom(0x22, 0x5c, 0x1f, 0xd83d, 0xde00, 0x5f20),
      ),
    )
    .map((units) => String.fromCharCode(...units));

  test("writes what JSON.stringify writes of the record in order, whatever its texts hold and its members lack", () =>
    fc.assert(
      fc.property(
        fc.record(
          { b: fc.boolean(), id: anyText, n: fc.double(), value: anyText },
          { requiredKeys: [] },
        ),
        (record) => {
          const ordered = Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
          assert.equal(compiled.encode(record), JSON.stringify(Object.fromEntries(ordered)));
        },
      ),
    ));

  test("gives equal bytes for equal records and for no others", () =>
    fc.assert(
      fc.property(anyRecord, anyRecord, (one, other) => {
        const positive = (record: JsonRecord): unknown =>
          Object.fromEntries(
            Object.entries(record).map(([name, value]) => [name, value === 0 ? 0 : value]),
          );
        assert.equal(
          compiled.encode(one) === compiled.encode(other),
          isDeepStrictEqual(positive(one), positive(other)),
        );
      }),
    ));
});

test("an added optional item changes no bytes of a record without it", () => {
  const older = compileResource(resource([item("string")]));
  const newer = compileResource(
    resource([item("string"), { identifier: "added", name: "新", type: "string" }]),
  );
  assert.equal(older.encode({ id: "1", value: "x" }), newer.encode({ id: "1", value: "x" }));
});

test("the JSON Schema of a record is plain 2020-12 and holds no item that may not be shared", () => {
  const { jsonSchema } = compileResource(
    resource([
      item("decimal", { precision: 5, scale: 2 }),
      { identifier: "secret", name: "密", type: "string", share: "none" },
    ]),
  );
  assert.equal(jsonSchema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  assert.deepEqual(jsonSchema["required"], ["id"]);
  assert.doesNotMatch(JSON.stringify(jsonSchema), /secret/);
});
