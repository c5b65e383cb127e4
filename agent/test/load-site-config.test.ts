import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { load, person, problemsOf, site } from "./site-fixture.ts";

test("a complete configuration is read with its defaults, secrets and shorthands", async () => {
  const config = await load();
  assert.equal(config.platform?.url, "http://127.0.0.1:8787");
  assert.equal(config.platform?.timeoutMs, 30_000);
  assert.equal(config.dataDirectory, "/site/data");
  assert.equal(config.outbox.maxBytes, 10 * 2 ** 30);
  assert.equal(config.outbox.retainDeliveredMs, 7 * 86_400_000);
  assert.deepEqual(config.sources.get("household")?.options, {
    host: "db",
    user: "reader",
    password: "canary-password",
    port: 3306,
  });
  const [persons] = config.pipelines;
  assert.equal(persons?.mode, "cursor");
  assert.deepEqual(persons?.relation, { table: ["hr", "person"] });
  assert.equal(persons?.settleMs, 5000);
  assert.deepEqual(persons?.maxDeletes, { percent: 10, rows: 1000 });
  assert.deepEqual(persons?.map[0], {
    item: "resident_id",
    from: { column: "idcard" },
    trim: false,
    nulls: [],
  });
  assert.deepEqual(config.warnings, []);
});

test("dictionary codes are taken as written, not as YAML reads numbers", async () => {
  const config = await load();
  const dictionary = config.pipelines[0]?.map.find(({ item }) => item === "sex")?.dictionary;
  assert.deepEqual(
    [...(dictionary?.entries ?? [])],
    [
      ["男", "1"],
      ["女", "02"],
      ["01", "3"],
      ["", null],
    ],
  );
  assert.equal(dictionary?.otherwise, "09");
});

test("every error is reported at once, each with its line and column, in both languages", async () => {
  const text = site
    .replace("site: cq-demo-01", "site: 1x")
    .replace("cursor: updated_at", "cursr: updated_at")
    .replace("resident_id: idcard", "resident_id: { column: idcard, trim: true }")
    .replace("source: household", "source: houshold")
    .replace("dictionary: sex", "dictionary: sx")
    .replace('schedule: "*/10 * * * * *"', 'schedule: "*/10 * * * 61 *"')
    .replace("{ env: HR_PASSWORD }", "{ env: HR_PASWORD }");
  const problems = await problemsOf({ site: text });
  const lines = problems.map(({ line, column, path }) => `${line}:${column} ${path}`);
  assert.deepEqual(lines, [
    "1:7 site",
    "7:57 sources.household.options.password.env",
    "11:13 pipelines.persons.source",
    "13:5 pipelines.persons.cursr",
    "15:15 pipelines.persons.schedule",
    "17:44 pipelines.persons.map.resident_id.trim",
    "19:38 pipelines.persons.map.sex.dictionary",
  ]);
  assert.match(problems[3]?.message ?? "", /did you mean cursor\?/);
  assert.match(problems[2]?.zh ?? "", /是否应为 household/);
  for (const { zh } of problems) assert.match(zh, /[\u4e00-\u9fff]/);
});

test("a property that is missing or misspelt at the top does not hide the other errors", async () => {
  const problems = await problemsOf({
    site: `${site.replace("site: cq-demo-01", "sitee: x")}\noutbox: { maxBytes: 10 }\n`,
  });
  const messages = problems.map(({ message }) => message).join("\n");
  assert.match(messages, /site is missing/);
  assert.match(messages, /did you mean site\?/);
  assert.match(messages, /must be a size such as 512MiB/);
});

for (const [what, change, expected] of [
  [
    "a dictionary that is not one-to-one",
    "{ column: idcard, dictionary: sex }",
    /no lossy transform; remove dictionary/,
  ],
  ["a date pattern", "{ column: idcard, date: yyyy }", /no lossy transform; remove date/],
  [
    "number parsing",
    "{ column: idcard, number: { group: ',' } }",
    /no lossy transform; remove number/,
  ],
  [
    "texts that mean no value",
    "{ column: idcard, nulls: ['/'] }",
    /no lossy transform; remove nulls/,
  ],
  ["change of case", "{ column: idcard, case: upper }", /no lossy transform; remove case/],
  ["normalisation", "{ column: idcard, normalise: NFC }", /no lossy transform; remove normalise/],
  ["a constant alone", "{ constant: A }", /all rows would be one record/],
] as const)
  test(`a key item refuses ${what}`, async () => {
    const problems = await problemsOf({
      site: site.replace("resident_id: idcard", `resident_id: ${change}`),
    });
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", expected);
  });

test("items that never leave the site cannot be mapped", async () => {
  const problems = await problemsOf({
    site: site.replace("      sex:", "      income: sr\n      sex:"),
  });
  assert.match(
    problems[0]?.message ?? "",
    /income \(年收入\) has share none and never leaves the site; remove it/,
  );
  assert.equal(problems[0]?.line, 19);
});

test("a pipeline of a resource that may not be shared, or no longer, is a warning: it withdraws what it has sent", async () => {
  const none = person.replace("{ type: unconditional }", "{ type: none, basis: 某条例第九条 }");
  const { warnings } = await load({ files: { "resources/person.yaml": none } });
  assert.match(warnings[0]?.message ?? "", /share type none/);
  const ended = person.replace(
    "{ type: unconditional }",
    "{ type: unconditional, until: 2026-01-14 }",
  );
  const config = await load({ files: { "resources/person.yaml": ended } });
  assert.match(config.warnings[0]?.message ?? "", /ended on 2026-01-14/);
});

test("key items and required items must be mapped", async () => {
  const text = site.replace(/ {6}resident_id: idcard\n {6}name:.*\n/, "");
  const messages = (await problemsOf({ site: text })).map(({ message }) => message);
  assert.deepEqual(messages, [
    "resident_id (公民身份号码) is part of the key and must be mapped",
    "name (姓名) is required and must be mapped",
  ]);
});

for (const [what, from, to, expected] of [
  [
    "table and query together",
    "table: hr.person",
    "table: hr.person\n    query: SELECT 1",
    /either table or query/,
  ],
  ["a query without a key", "table: hr.person", "query: SELECT 1", undefined],
  [
    "mode cursor without a cursor",
    "cursor: updated_at",
    "mode: cursor",
    /mode cursor needs a cursor column/,
  ],
  [
    "mode diff with a cursor",
    "cursor: updated_at",
    "mode: diff\n    cursor: updated_at",
    /mode diff takes no cursor/,
  ],
  [
    "mode replace with a cursor",
    "cursor: updated_at",
    "mode: replace\n    cursor: updated_at",
    /mode replace takes no cursor/,
  ],
  [
    "schedule and every together",
    "key: [id]",
    "key: [id]\n    every: 10s",
    /takes the place of schedule/,
  ],
  [
    "two dictionaries of one name",
    "dictionaries:",
    "dictionaries:\n  sex: { entries: {} }",
    /used twice/,
  ],
  ["a duration without unit", "key: [id]", "key: [id]\n    settle: 5", /a duration such as/],
  [
    "a size of a page beyond the limit",
    "key: [id]",
    "key: [id]\n    pageRows: 50001",
    /at most 50000/,
  ],
  [
    "a time zone that does not exist",
    "site: cq-demo-01",
    "site: a\ntimeZone: Asia/Chongqing2",
    /is not a time zone/,
  ],
  [
    "an adapter that is not installed",
    "kind: fake",
    "kind: orcle",
    /There is no adapter orcle here/,
  ],
  [
    "an option that the adapter does not know",
    "host: db",
    "host: db, prot: 1",
    /did you mean port\?/,
  ],
  [
    "a resource that no file describes",
    "resource: natural_person",
    "resource: natural_persn",
    /did you mean natural_person\?/,
  ],
  ["a pattern that no file matches", "*.yaml ]", "*.yml ]", /no file matches/],
  [
    "a constant that YAML reads as another number",
    "{ constant: 公安 }",
    "{ constant: 01 }",
    /write "01" in quotes/,
  ],
  ["a key file that is no key", "./key.pem", "./qianzhi.yaml", /is not an Ed25519 private key/],
  [
    "an unknown charset",
    "{ column: xm, trim: true }",
    "{ column: xm, charset: gbkk }",
    /did you mean gbk\?/,
  ],
  [
    "an unknown charset of a source",
    "kind: fake",
    "kind: fake\n    charset: cp850",
    /no charset cp850/,
  ],
  [
    "a date pattern in the wrong letters",
    "{ column: xm, trim: true }",
    "{ column: xm, date: YYYYMMDD }",
    /mind capital/,
  ],
  [
    "a mapping of the wrong type",
    "resident_id: idcard",
    "resident_id: 7",
    /must be text .* or a group/,
  ],
] as const)
  test(`${what} is refused`, async () => {
    const problems = await problemsOf({ site: site.replace(from, to) });
    if (expected === undefined) return assert.equal(problems.length, 0);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    assert.match(problems[0]?.message ?? "", expected);
  });

test("options named path are relative to the configuration file", async () => {
  const config = await load({ site: site.replace("host: db", "host: db, file: ./legacy.db") });
  assert.equal(config.sources.get("household")?.options["file"], "/site/legacy.db");
});

test("secrets inside groups of options are found, and certificates are none", async () => {
  const text = site.replace(
    "host: db",
    "host: { file: ./host }, tls: { key: { file: ./tls.key } }",
  );
  const config = await load({
    site: text,
    files: { "tls.key": "pem\n", host: "db.example\n" },
    exposed: ["tls.key", "host"],
  });
  assert.deepEqual(config.sources.get("household")?.options["tls"], { key: "pem" });
  assert.equal(config.sources.get("household")?.options["host"], "db.example");
  assert.deepEqual(
    config.warnings.map(({ path }) => path),
    ["sources.household.options.tls.key.file"],
  );
});

test("a query needs its key named", async () => {
  const problems = await problemsOf({
    site: site.replace("table: hr.person", "query: SELECT 1").replace("    key: [id]\n", ""),
  });
  assert.match(problems[0]?.message ?? "", /a query has no primary key/);
});

test("a secret written out and a key file that others can read are warnings", async () => {
  const config = await load({
    site: site.replace("{ env: HR_PASSWORD }", "canary-password"),
    exposed: ["key.pem"],
  });
  assert.deepEqual(
    config.warnings.map(({ path }) => path),
    ["platform.key.file", "sources.household.options.password"],
  );
});

test("a secret appears in no problem, whatever is wrong with it", async () => {
  const text = site
    .replace("host: db", "host: { env: HOST }")
    .replace("user: reader", "user: [canary-password]")
    .replace("{ file: ./key.pem }", "canary-password");
  const problems = await problemsOf({
    site: text,
    environment: { HR_PASSWORD: "canary-password", HOST: "" },
  });
  assert.ok(problems.length > 0);
  assert.ok(!JSON.stringify(problems).includes("canary"), JSON.stringify(problems));
});

test("problems inside descriptor files are reported with those of the configuration", async () => {
  const problems = await problemsOf({
    site: site.replace("pageRows", "pageRow").replace("key: [id]", "key: [id]\n    pageRow: 1"),
    files: { "resources/person.yaml": person.replace("updateCycle: daily", "updateCycle: dayly") },
  });
  assert.deepEqual(
    [...new Set(problems.map(({ file }) => file))],
    ["/site/qianzhi.yaml", "/site/resources/person.yaml"],
  );
});

test("a file that is not there has its own code", async () => {
  await assert.rejects(
    load({ files: { "qianzhi.yaml": "" } }).then(() => undefined),
    (error) => QianzhiError.is(error),
  );
  await assert.rejects(
    import("../src/config/load-site-config.ts").then(({ loadSiteConfig }) =>
      loadSiteConfig({
        file: "/none.yaml",
        environment: {},
        now: 0,
        resolveTarget: () => Promise.reject(new QianzhiError("QZ_INTERNAL")),
        resolveAdapter: () => Promise.reject(new QianzhiError("QZ_INTERNAL")),
        files: {
          read: () => Promise.reject(new QianzhiError("QZ_INTERNAL")),
          list: async () => [],
          readableByOthers: async () => false,
        },
      }),
    ),
    { code: "QZ_CONFIG_NOT_FOUND" },
  );
});

test("a part of the wrong shape hides no error beside it", async () => {
  const text = site
    .replace("schedule: ", "settle: 5\n    schedule: ")
    .replace("*/10 * * * * *", "99 * * * * *")
    .replace("resource: natural_person", "resource: natural_persn")
    .replace("source: household", "source: houshold");
  const problems = await problemsOf({ site: text });
  assert.deepEqual(
    problems.map(({ path }) => path.replace("pipelines.persons.", "")),
    ["resource", "source", "settle", "schedule"],
  );
  assert.match(problems[2]?.message ?? "", /must be a duration such as 500ms/);
  const mapping = await problemsOf({
    site: site
      .replace("schedule: ", "settle: 5\n    schedule: ")
      .replace("dictionary: sex", "dictionary: sx"),
  });
  assert.deepEqual(
    mapping.map(({ path }) => path.replace("pipelines.persons.", "")),
    ["settle", "map.sex.dictionary"],
  );
  const many = await problemsOf({
    site: site
      .replace("cursor: updated_at", "mode: cursor\n    every: 5s\n    where: '(a'")
      .replace("resident_id: idcard", "resident_id: idcard\n      income: sr\n      zzz: q")
      .replace("dictionary: sex", "dictionary: sx, number: 5"),
  });
  assert.deepEqual(
    many.map(({ path }) => path.replace("pipelines.persons", "")),
    ["", ".every", ".where", ".map.income", ".map.zzz", ".map.sex.number"],
  );
});

test("a file that is not UTF-8 is said to be so, at the place", async () => {
  const gbk = site.replace("男", "\u{fffd}\u{fffd}");
  const [problem, ...more] = await problemsOf({ site: gbk });
  assert.deepEqual(more, []);
  assert.equal(problem?.line, 22);
  assert.match(problem?.message ?? "", /UTF-8/);
  const [inside] = await problemsOf({
    files: { "resources/person.yaml": person.replace("姓名", "\u{fffd}") },
  });
  assert.match(inside?.file ?? "", /person\.yaml$/);
});

test("a predicate that breaks out of its place is refused where it stands", async () => {
  const text = site.replace(
    "cursor: updated_at",
    'cursor: updated_at\n    where: "id = 1) OR (1 = 1"\n    deletedWhen: "name = \'a"',
  );
  const problems = await problemsOf({ site: text });
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["pipelines.persons.where", "pipelines.persons.deletedWhen"],
  );
});
