import assert from "node:assert/strict";
import { test } from "node:test";
import type { ItemMapping } from "../src/config/site-config.ts";
import { composeTransforms, isMisfit } from "../src/pipeline/transforms.ts";

/** What a mapping makes of a value; "refused" for a misfit. */
function mapped(mapping: Partial<ItemMapping>, value: string | number | null): unknown {
  const transform = composeTransforms({
    item: "x",
    from: { column: "x" },
    trim: false,
    nulls: [],
    ...mapping,
  });
  assert.ok(transform);
  const result = transform(value);
  return isMisfit(result) ? "refused" : result;
}

const sex = { name: "sex", entries: new Map([["男", "1"]]), otherwise: "9" };
const blank = new Map<string, string | null>([["", "0"]]);

for (const [what, mapping, cases] of [
  [
    "dates that people wrote",
    { date: "yyyy年M月d日", trim: true },
    [
      ["2020年1月5日", "2020-01-05"],
      [" 2020年12月31日　", "2020-12-31"],
      ["", null],
      ["   ", null],
      ["2020-1-5", "refused"],
    ],
  ],
  [
    "dates of digits",
    { date: "yyyyMMdd", nulls: ["00000000"] },
    [
      ["20200105", "2020-01-05"],
      ["00000000", null],
      ["43835", "refused"],
      ["2020010", "refused"],
    ],
  ],
  [
    "numbers that people wrote",
    { number: { group: ",", decimal: "." } },
    [
      ["1,234.50", "1234.50"],
      ["１，２３４．５０", "1234.50"],
      ["12,3456", "123456"],
      ["−5", "-5"],
      ["+7", "7"],
      ["", null],
      ["1,23", "refused"],
      ["12万", "refused"],
      ["1,234,56", "refused"],
    ],
  ],
  [
    "numbers with a decimal comma",
    { number: { group: ".", decimal: "," } },
    [
      ["1.234,5", "1234.5"],
      ["1.5", "refused"],
    ],
  ],
  [
    "numbers with a decimal comma and no groups",
    { number: { decimal: "," } },
    [
      ["1,5", "1.5"],
      ["1.5", "refused"],
    ],
  ],
  [
    "amounts with their units, digit by digit",
    { number: { group: ",", decimal: ".", units: { 万元: 4, 元: 0, 分: -2, "": 4 } } },
    [
      ["12.5万元", "125000"],
      ["１２．５ 万元", "125000"],
      ["1,234.56元", "1234.56"],
      ["0.123456万元", "1234.56"],
      ["12345678901234567890.123456789万元", "123456789012345678901234.56789"],
      ["-5分", "-0.05"],
      ["3", "30000"],
      [7, "70000"],
      [0.1, "1000"],
      ["12亿", "refused"],
      ["万元", "refused"],
    ],
  ],
  [
    "days that Excel has counted",
    { date: "excel" },
    [
      [43831, "2020-01-01"],
      ["43831", "2020-01-01"],
      [59, "1900-02-28"],
      [61, "1900-03-01"],
      [60, "refused"],
      [43831.5, "refused"],
      ["2020-01-01", "refused"],
      [2958465, "9999-12-31"],
      [2958466, "refused"],
    ],
  ],
  [
    "days that mean nothing, at their midnight too",
    { nulls: ["1900-01-01", "9999-12-31"] },
    [
      ["1900-01-01", null],
      ["1900-01-01 00:00:00.000", null],
      ["1900-01-01 08:00:00", "1900-01-01 08:00:00"],
      ["9999-12-31 23:59:59", "9999-12-31 23:59:59"],
    ],
  ],
  [
    "texts that mean nothing, with blanks as without",
    { trim: true, nulls: ["  -  -  ", "\\N", "无"] },
    [
      ["  -  -", null],
      ["\\N", null],
      [" 无 ", null],
      ["无名", "无名"],
    ],
  ],
  [
    "codes, a blank being no value",
    { dictionary: sex },
    [
      ["男", "1"],
      ["?", "9"],
      ["", null],
      [null, null],
    ],
  ],
  [
    "codes, a blank being one",
    { dictionary: { name: "blank", entries: blank } },
    [
      ["", "0"],
      ["x", "refused"],
    ],
  ],
] as const)
  test(`transforms read ${what}`, () => {
    for (const [value, expected] of cases)
      assert.equal(mapped(mapping, value), expected, String(value));
  });
