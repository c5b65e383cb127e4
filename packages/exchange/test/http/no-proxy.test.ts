import assert from "node:assert/strict";
import { test } from "node:test";
import { bypassesProxy } from "../../src/http/no-proxy.ts";

const cases: readonly (readonly [string, string, boolean])[] = [
  ["exchange.gov.cn", "https://exchange.gov.cn", true],
  ["gov.cn", "https://exchange.gov.cn", false],
  [".gov.cn", "https://exchange.gov.cn", true],
  ["*.gov.cn", "https://a.b.gov.cn", true],
  [".gov.cn", "https://notgov.cn", false],
  ["EXCHANGE.gov.cn", "https://exchange.GOV.cn", true],
  ["exchange.gov.cn:8443", "https://exchange.gov.cn:8443", true],
  ["exchange.gov.cn:8443", "https://exchange.gov.cn", false],
  ["exchange.gov.cn:443", "https://exchange.gov.cn", true],
  ["10.1.2.3", "http://10.1.2.3:80", true],
  ["10.0.0.0/8", "http://10.200.0.1", true],
  ["10.0.0.0/8", "http://11.0.0.1", false],
  ["10.0.0.0/8", "http://exchange.gov.cn", false],
  ["fd00::/8", "http://[fd00::1]:8080", true],
  ["::1", "http://[::1]", true],
  ["*", "https://anything", true],
  ["", "https://anything", false],
  ["nonsense/99", "https://anything", false],
];

for (const [entry, url, expected] of cases) {
  test(`noProxy "${entry}" ${expected ? "takes" : "does not take"} ${url} past the proxy`, () => {
    assert.equal(
      bypassesProxy(new URL(url), [entry], url.startsWith("https") ? "443" : "80"),
      expected,
    );
  });
}
