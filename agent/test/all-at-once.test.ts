import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf, site } from "./site-fixture.ts";

const told = async (text: string, environment?: Record<string, string>) =>
  (await problemsOf({ site: text, ...(environment === undefined ? {} : { environment }) })).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

test("a name that stands twice is told by name and hides no other error", async () => {
  const text = site
    .replace("site: cq-demo-01", "site: 1x")
    .replace("dictionaries:", "  persons: { resource: nowhere }\ndictionaries:");
  const lines = (await told(text)).join("\n");
  assert.match(lines, /^1:7 a name begins with a letter/);
  assert.match(lines, /^21:3 the name persons is used twice here; give each a name of its own$/m);
  assert.match(lines, /^21:3 .*source is missing$/m);
  assert.match(lines, /there is no resource nowhere/);
});

test("a secret that cannot be had hides no other option, and is not told twice", async () => {
  const lines = await told(
    site.replace("host: db,", "hots: db, port: x,").replace("{ env: HR_PASSWORD }", "{ env: NOT }"),
  );
  assert.deepEqual(
    lines.map((line) => line.slice(0, 60)),
    [
      "7:5 host is missing",
      "7:16 there is no property hots here; did you mean host?",
      "7:32 must be a whole number",
      "7:66 the environment variable NOT is not set",
    ],
  );
});

test("a misspelt adapter is answered with those that there are, not with a package to install", async () => {
  const [line = ""] = await told(site.replace("kind: fake", "kind: fak"));
  assert.match(line, /^6:11 There is no adapter fak here\. Write one of ours \(fake\)/);
});

test("a value of the wrong kind is told in Chinese with a space where Latin letters follow", async () => {
  const [problem] = await problemsOf({ site: site.replace("trim: true", "trim: yes") });
  assert.equal(problem?.zh, "应为：true 或 false");
});
