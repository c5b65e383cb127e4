import assert from "node:assert/strict";
import { test } from "node:test";
import { load, problemsOf, site } from "./site-fixture.ts";

const platform = 'platform: { url: "http://127.0.0.1:8787/", key: { file: ./key.pem } }';
const targetOf = (options: string): string => `target:
  kind: exchange-tables
  options: { ${options} }`;
const options =
  "engine: mysql, user: w, database: qzk, dataSource: p50, password: { env: HR_PASSWORD }";
const withTarget = (text: string): string => site.replace(platform, text);

test("a site may deliver into tables instead of to a platform", async () => {
  const config = await load({ site: withTarget(targetOf(options)) });
  assert.equal(config.platform, undefined);
  assert.equal(config.target?.kind, "exchange-tables");
  const ddl = config.target?.ddl?.([...config.resources.values()]) ?? "";
  assert.match(ddl, /CREATE TABLE `up_natural_person`/);
  assert.doesNotMatch(ddl, /income/, "an item that may not be shared has no column");
  const other = await config.target?.with({ profile: "department" });
  assert.match(
    other?.ddl?.([...config.resources.values()], "postgres") ?? "",
    /"YXT_NATURAL_PERSON"/,
  );
});

test("a site has either a platform or a target", async () => {
  for (const text of ["", `${platform}\n${targetOf(options)}`]) {
    const [problem, ...others] = await problemsOf({ site: withTarget(text) });
    assert.match(problem?.message ?? "", /either platform or target/);
    assert.deepEqual(others, []);
  }
});

test("what is wrong with a target is said at its place, secrets unsaid", async () => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [targetOf("engine: mysq, user: w, database: q"), "target.options.engine", /mysql/],
    [targetOf("engine: mysql, database: q"), "target.options", /user is missing/],
    [targetOf(`${options}, offset: "8"`), "target.options.offset", /offset/],
    ["target: { kind: exchange-table }", "target.kind", /Write exchange-tables/],
    [
      targetOf(
        `${options}, password: [canary-password]`.replace(", password: { env: HR_PASSWORD }", ""),
      ),
      "target.options.password",
      /text/,
    ],
  ];
  for (const [text, path, message] of wrong) {
    const problems = await problemsOf({ site: withTarget(text) });
    assert.deepEqual(
      problems.map((each) => each.path),
      [path],
      text,
    );
    assert.match(problems[0]?.message ?? "", message);
    assert.doesNotMatch(JSON.stringify(problems), /canary/);
  }
});

test("a profile's own problems come with its file, line and column, beside those of the configuration", async () => {
  const problems = await problemsOf({
    site: withTarget(targetOf(`${options}, profile: ./our.yaml`)),
    files: {
      "our.yaml": `table: up
operation: { column: op, length: 1, insert: i, update: upd, delete: d }
batch: { column: "no good", length: 32 }
`,
    },
  });
  assert.deepEqual(
    problems.map(({ file, line, column }) => [file, line, column]),
    [
      ["/site/our.yaml", 1, 8],
      ["/site/our.yaml", 2, 56],
      ["/site/our.yaml", 3, 18],
    ],
  );
});
