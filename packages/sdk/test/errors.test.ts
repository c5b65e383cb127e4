import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  describeError,
  errorTable,
  QianzhiError,
  reasonTexts,
  type ErrorCode,
  type ErrorEntry,
} from "../src/index.ts";
import { printErrorsPage } from "../src/errors/errors-page.ts";

describe("the error table", () => {
  test("says in both languages what happened and what to do, with the same names to fill in", () => {
    const names = (text: string): readonly string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();
    for (const [code, entry] of Object.entries<ErrorEntry>(errorTable)) {
      assert.match(code, /^QZ_[A-Z_]+$/);
      assert.ok(
        entry.en.message !== "" &&
          entry.en.hint !== "" &&
          entry.zh.message !== "" &&
          entry.zh.hint !== "",
        code,
      );
      assert.deepEqual(
        [...new Set(names(entry.en.message + entry.en.hint))],
        [...new Set(names(entry.zh.message + entry.zh.hint))],
        code,
      );
    }
  });

  test("is what the pages in docs say; print them again with scripts/print-errors-page.mjs", () => {
    for (const [language, path] of [
      ["en", "docs/errors.md"],
      ["zh", "docs/zh-CN/errors.md"],
    ] as const) {
      const page = readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
      assert.equal(page, printErrorsPage(language), path);
    }
  });
});

test("reasons have words in both languages, with the same limits in them", () => {
  for (const [code, { en, zh }] of Object.entries(reasonTexts)) {
    const limits = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(limits(en), limits(zh), code);
  }
});

describe("a QianzhiError", () => {
  const error = new QianzhiError(
    "QZ_SOURCE_UNREACHABLE",
    { source: "hr", address: "db:3306" },
    { cause: new TypeError("ECONNREFUSED") },
  );

  test("names an operation in the language of the text, and a right as it is", () => {
    const failed = new QianzhiError("QZ_QUERY_FAILED", { source: "hr", operation: "describe" });
    assert.match(describeError(failed, "zh").message, /无法执行“读取列信息”的语句/);
    assert.match(describeError(failed, "en").message, /the statement for describe\./);
    const denied = new QianzhiError("QZ_SOURCE_DENIED", { operation: "SELECT" });
    assert.match(describeError(denied, "zh").message, /执行 SELECT。/);
  });

  test("is described whole in either language, the original text beneath", () => {
    assert.match(describeError(error, "en").message, /hr .*db:3306/);
    assert.match(describeError(error, "zh").message, /数据源 hr/);
    assert.equal(describeError(error, "zh").original, "ECONNREFUSED");
  });

  test("is recognised by brand, also when another copy of the package made it", () => {
    const foreign = Object.defineProperty(new TypeError("x"), Symbol.for("qianzhi.error"), {
      value: true,
    });
    assert.equal(QianzhiError.is(foreign), true);
    assert.equal(QianzhiError.is(new TypeError("x")), false);
    assert.equal(QianzhiError.is(null), false);
  });

  test("of a code that only another version knows has words, too: the code may have been kept", () => {
    const kept = new QianzhiError("QZ_OF_ANOTHER_VERSION" as ErrorCode);
    for (const language of ["en", "zh"] as const)
      assert.deepEqual(describeError(kept, language), {
        code: "QZ_OF_ANOTHER_VERSION",
        ...errorTable.QZ_INTERNAL[language],
      });
    const foreign = Object.defineProperty(
      Object.assign(new TypeError("its own words"), { code: "QZ_OF_ANOTHER_VERSION", hint: "do" }),
      Symbol.for("qianzhi.error"),
      { value: true },
    );
    assert.equal(describeError(foreign, "zh").message, "its own words");
  });

  test("is what any other error is described as, internal", () => {
    assert.deepEqual(
      [describeError(new TypeError("boom"), "en").code, describeError("boom", "en").original],
      ["QZ_INTERNAL", "boom"],
    );
  });
});
