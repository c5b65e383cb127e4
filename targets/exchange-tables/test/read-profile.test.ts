import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError, type ConfigProblem } from "@qianzhi/sdk";
import { readProfile, shippedProfiles } from "../src/read-profile.ts";

/** Shipped profiles come with the package: they need no file of the site. */
const disk = { directory: ".", read: () => Promise.reject(new QianzhiError("QZ_INTERNAL")) };

async function problemsOf(text: string, dataSource?: string): Promise<readonly string[]> {
  const files = { directory: "/site", read: async () => text };
  try {
    await readProfile("./profile.yaml", files, dataSource);
    return [];
  } catch (error) {
    assert.ok(QianzhiError.is(error) && error.code === "QZ_CONFIG_INVALID", String(error));
    const problems = error.details["problems"] as readonly ConfigProblem[];
    for (const { zh, file } of problems) {
      assert.match(zh, /\p{Script=Han}/u);
      assert.equal(file, "/site/profile.yaml");
    }
    return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

const operation = "operation: { column: op, length: 1, insert: i, update: u, delete: d }";
const feedback =
  "feedback: { table: f, id: a, about: b, row: c, batch: d, code: e, reason: g, settle: 7d }";

test("the shipped profiles are profiles", async () => {
  for (const name of shippedProfiles) await readProfile(name, disk, "p50");
  assert.equal((await readProfile("national", disk, "p50")).feedback?.settle, "7d");
});

test("a profile that does not fit together is refused at the place at fault", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [`table: "{resource}"\n${operation}`, []],
    [
      `table: up_\n${operation}`,
      [
        "1:8 must be a plain name in which {resource} stands for the resource, such as up_{resource}",
      ],
    ],
    [
      `table: "{resource}"\n${operation}\n${feedback}`,
      ["3:11 feedback says by row and batch what it is about: declare row and batch"],
    ],
    [
      `table: "{resource}"\n${operation.replace("insert: i", "insert: ins")}`,
      ['2:45 "ins" is longer than the 1 characters of its column'],
    ],
    [
      `table: "{resource}"\n${operation}\nserial: { column: OP }`,
      ["1:1 two members name the column OP"],
    ],
    [
      `table: "{resource}"\n${operation}\nconsumed: { column: c, length: 1, initial: "0", done: ["1"] }`,
      ["3:55 marks are followed batch by batch: declare batch, or leave done out"],
    ],
    [
      `table: "{resource}"\n${operation}\nsource: { column: s, length: 3 }`,
      ["3:9 the column s takes the target's option dataSource, which is not set"],
    ],
    [
      `table: "{resource}"\n${operation}\nbatch: { column: b, length: 8 }`,
      ["3:29 must be at least 16"],
    ],
    [`table: "{resource}`, ["1:19 a quote, bracket or colon is missing here or just before"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(await problemsOf(text), expected, text);
});

test("a profile that is not there names those that are shipped", async () => {
  const read = () => Promise.reject(new QianzhiError("QZ_INTERNAL"));
  await assert.rejects(
    readProfile("natonal", { directory: "/site", read }, "p"),
    (error: unknown) => {
      assert.ok(QianzhiError.is(error));
      return JSON.stringify(error.details["problems"]).includes("national, department, sign-state");
    },
  );
});
