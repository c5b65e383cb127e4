import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  codeTable,
  codeTables,
  nationalFormat,
  type FormatName,
  type NationalFormat,
} from "../src/index.ts";

/** "shape" when the shape is wrong, else what the check says; "right" for a format without check. */
function verdict(name: FormatName, value: string): string {
  const format: NationalFormat | undefined = nationalFormat(name);
  assert.ok(format);
  return format.shape.test(value) ? (format.check?.(value) ?? "right") : "shape";
}

const vectors: Readonly<Record<FormatName, Readonly<Record<string, readonly string[]>>>> = {
  "resident-id": {
    right: [
      "11010519491231002X",
      "440524188001010014",
      "34052419800101001X",
      "110101199003070011",
      "510102200102030003",
      "500101199001010018",
      "500112200002290028",
      "810000199001010019",
      "820000199001010029",
      "830000199001010039",
      "911156199001010010",
    ],
    wrong: ["110105194912310021", "11010519491331002X", "500112200102290028"],
    old: ["110105491231002", "320311770706001"],
    shape: [
      "11010519491231002x",
      "1101051949123100",
      "010105194912310021",
      "11010519491231002Ｘ",
      "1101051949******2X",
    ],
  },
  uscc: {
    right: [
      "91350100M000100Y43",
      "91310000775785552L",
      "91110000802100433B",
      "914403001922038216",
      "91440300708461136T",
      "9144030071526726XG",
      "91440101MA5CJQ4N59",
      "123502001549897397",
      "91110000600037341L",
    ],
    wrong: ["911100000000000000", "91350203M0001QAY9B"],
    shape: ["91350100I000100Y43", "91350100M000100Z43", "91350203674737244w", "9135010"],
  },
  "org-code": {
    right: [
      "D2143569-X",
      "D2143569X",
      "12345678-8",
      "77578555-2",
      "M000100Y-4",
      "MA5CJQ4N-5",
      "19220382-1",
      "71526726-X",
    ],
    wrong: ["D2143569-1"],
    shape: ["d2143569-X", "D214356-X"],
  },
  "registration-number": {
    right: ["110108000000016", "110000450000003", "440301103097413", "420000400000007"],
    wrong: ["110108000000017"],
    old: ["1101080000000"],
    shape: ["11010800000001"],
  },
  "project-code": {
    right: [
      "2104-500108-04-01-439202",
      "2108-440305-04-01-333721",
      "2605-440306-04-01-117059",
      "2509-440307-04-05-342153",
      "2111-522323-04-01-342068",
    ],
    wrong: ["2603-440306-04-05-372961", "2609-330100-04-01-100001", "2607-440300-04-01-000001"],
    old: ["2015-350602-47-03-006807", "2020-350122-83-88-006530"],
    shape: ["2104500108040143920", "2104-500108-04-01-43920"],
  },
  mobile: { right: ["13800000000"], shape: ["12800000000", "+8613800000000", "1380000000"] },
  "real-estate-unit": {
    right: ["500112001003GB00012F00010023", "500112001003GB00012W00000000"],
    shape: ["500112001003gb00012F00010023"],
  },
  division: {
    right: ["500108", "110105001", "500108001002"],
    wrong: ["990000"],
    shape: ["50010", "5001080"],
  },
};

describe("national formats", () => {
  for (const [name, verdicts] of Object.entries(vectors))
    test(`${name} tells right, wrong, old and misshapen numbers apart`, () => {
      for (const [expected, values] of Object.entries(verdicts))
        for (const value of values)
          assert.equal(verdict(name as FormatName, value), expected, value);
    });

  test("are found by name alone", () => {
    assert.equal(nationalFormat("toString"), undefined);
    assert.equal(nationalFormat(undefined), undefined);
  });
});

describe("code tables", () => {
  test("have codes that are all different, each with a name", () => {
    for (const [name, { codes, zh, en }] of codeTables) {
      assert.ok(codes.size > 1 && zh !== "" && en !== "", name);
      for (const [code, word] of codes)
        assert.ok(/^[0-9A-Z]+$/.test(code) && word !== "", `${name} ${code}`);
    }
  });

  test("are found by the standard, with its year or without", () => {
    assert.equal(codeTable("GB/T 3304")?.codes.size, 58);
    assert.equal(codeTable("GB/T 3304-1991")?.codes.get("15"), "土家族");
    assert.equal(codeTable("GB/T 2261.1")?.codes.get("1"), "男性");
    assert.equal(codeTable("GB/T 9999"), undefined);
  });
});
