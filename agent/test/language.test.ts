import assert from "node:assert/strict";
import { test } from "node:test";
import { optionValue, resolveLanguage } from "../src/cli/language.ts";

test("the command line decides the language, then the configuration, then the locale", () => {
  assert.equal(
    resolveLanguage(["status", "--lang", "en"], "language: zh", { LANG: "zh_CN.UTF-8" }),
    "en",
  );
  assert.equal(resolveLanguage(["--lang=zh", "status"], "language: en", { LANG: "C" }), "zh");
  assert.equal(resolveLanguage(["status"], "language: zh", { LANG: "C" }), "zh");
  assert.equal(resolveLanguage(["status"], "site: a", { LANG: "zh_CN.UTF-8" }), "zh");
  assert.equal(resolveLanguage(["status"], undefined, { LC_ALL: "en_US", LANG: "zh_CN" }), "en");
  assert.equal(resolveLanguage([], undefined, { LANG: "C" }), "en");
});

test("a configuration that cannot be read does not stop the question", () => {
  for (const text of ["", "language: [", "- a", "language: fr", "null"])
    assert.equal(resolveLanguage([], text, { LANG: "zh" }), "zh");
});

test("an option's value is found in either way of writing it", () => {
  assert.equal(optionValue(["run", "--config", "a.yaml"], "--config"), "a.yaml");
  assert.equal(optionValue(["run", "--config=a=b.yaml"], "--config"), "a=b.yaml");
  assert.equal(optionValue(["run", "--config"], "--config"), undefined);
  assert.equal(optionValue(["run"], "--config"), undefined);
});
