import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { QianzhiError, type Language } from "@qianzhi/sdk";
import { createCli } from "../src/cli/cli.ts";
import { createProgram, usageProblem } from "../src/cli/program.ts";
import { commandProcess, type CommandOutcome, type CommandProcess } from "./command-process.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));
let directory: string;

let commands: CommandProcess;

/** Runs the command as a user does. */
const qianzhi = (
  words: readonly string[],
  {
    cwd = directory,
    env = {},
  }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<CommandOutcome> => commands.run(words, { cwd, env });

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "qianzhi-cli-"));
  commands = commandProcess();
});
after(async () => {
  await commands[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("a wrong word on the command line is exit code 2, said in the language, with what was meant", async () => {
  const env = { PATH: process.env["PATH"], LANG: "C" };
  // In a process of its own, as a user runs it.
  const english = spawn(process.execPath, [program, "stauts"], { cwd: directory, env });
  const [error, [code]] = await Promise.all([textOf(english.stderr), once(english, "close")]);
  assert.equal(code, 2);
  assert.match(
    error,
    /^QZ_USAGE There is no command stauts\. Did you mean status\?\n {2}What to do: /,
  );
  const chinese = await qianzhi(["stauts"], { env: { LANG: "zh_CN.UTF-8" } });
  assert.match(chinese.error, /没有 stauts 命令。是否应为 status？/);
});

/** What a command line says that runs no command: its help, or what is wrong with it. In this process. */
async function answerOf(language: Language, words: readonly string[]): Promise<string> {
  let printed = "";
  const cli = createCli(
    language,
    () => assert.fail("a command ran"),
    () => undefined,
  );
  const program = createProgram(cli, "1.2.3", (text) => (printed += text));
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (QianzhiError.is(error)) return error.message;
    assert.ok(error instanceof CommanderError, String(error));
    return usageProblem(error, program, cli) ?? printed;
  }
  return printed;
}

for (const [words, expected] of [
  [["run", "--onec"], /There is no option --onec/],
  [["preview"], /The argument pipeline is missing/],
  [["preview", "a", "b"], /More arguments/],
  [["preview", "a", "--rows", "1.5"], /1\.5 is not a possible value/],
  [["status", "--config"], /needs a value/],
  [["status", "--lang", "fr"], /fr is not a possible value/],
  [["quarantine"], /COMMAND is missing/],
  [[], /COMMAND is missing/],
] as const)
  test(`"${words.join(" ")}" is wrong use`, async () => {
    assert.match(await answerOf("en", words), expected);
  });

test("an address that is none is wrong use", async () => {
  const { code, error } = await qianzhi(["platform", "verify", "exchange.example"]);
  assert.equal(code, 2);
  assert.match(error, /^QZ_USAGE exchange\.example is not a possible value/);
});

test("help and version are answers", async () => {
  const help = await qianzhi(["--help", "--lang", "zh"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /用法：/);
  assert.match(help.out, /放行被删除保护拦下的删除/);
  assert.match((await qianzhi(["--version"])).out, /^\d+\.\d+\.\d+\n$/);
  assert.match((await qianzhi(["preview", "--help"])).out, /--rows <count>/);
});

test("help is whole in Chinese: of every command, and what check finds names its subject so", async () => {
  const overview = await answerOf("zh", ["--help"]);
  const commands = [...overview.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name);
  const pages = await Promise.all(commands.map((name) => answerOf("zh", [name, "--help"])));
  assert.ok(pages.length > 10 && pages.every((page) => page.includes("用法：")));
  for (const page of [overview, ...pages])
    assert.doesNotMatch(page, /default:|choices:|Options|Commands|Arguments|display help/, page);
  await qianzhi(["init", "zh-site", "--lang", "zh"]);
  const file = join(directory, "zh-site/qianzhi.yaml");
  // Nothing listens there, whatever else runs on this machine.
  await writeFile(file, (await readFile(file, "utf8")).replace("127.0.0.1:8787", "127.0.0.1:1"));
  const check = await qianzhi(["check"], { cwd: join(directory, "zh-site") });
  assert.match(check.out, /^问题 {2}平台: QZ_PLATFORM_UNREACHABLE/m);
  assert.match(check.out, /^说明 {2}采集任务 persons: /m);
});

test("an error with --json is one document on standard output", async () => {
  const { code, out, error } = await qianzhi(["check", "--json"]);
  assert.equal(code, 1);
  assert.equal(error, "");
  const answer = JSON.parse(out) as { ok: boolean; error: { code: string; hint: string } };
  assert.equal(answer.ok, false);
  assert.equal(answer.error.code, "QZ_CONFIG_NOT_FOUND");
  assert.match(answer.error.hint, /qianzhi init/);
});

test("init writes a private, working site and will not write into one that is there", async () => {
  for (const language of ["zh", "en"]) {
    const made = await qianzhi(["init", language, "--lang", language]);
    assert.equal(made.code, 0, made.error);
    const folder = join(directory, language);
    assert.equal((await stat(join(folder, "secrets/site-key.pem"))).mode & 0o777, 0o600);
    const preview = await qianzhi(["preview", "persons", "--json"], { cwd: folder });
    assert.equal(preview.error, "", "the configuration has no error and no warning");
    assert.equal(
      /[\u4e00-\u9fff]{4}/.test(await readFile(join(folder, "qianzhi.yaml"), "utf8")),
      language === "zh",
    );
    const before = await readdir(folder);
    const again = await qianzhi(["init", language]);
    assert.equal(again.code, 2);
    assert.match(again.error, /not empty|不为空/);
    assert.deepEqual(await readdir(folder), before);
  }
});

test("commands that only look leave no trace where no agent has run", async () => {
  await qianzhi(["init", "looked-at", "--lang", "en"]);
  const cwd = join(directory, "looked-at");
  const before = await readdir(cwd);
  for (const words of [["check"], ["preview", "persons"], ["status"], ["quarantine", "list"]])
    await qianzhi(words, { cwd });
  assert.deepEqual(await readdir(cwd), before);
  const status = await qianzhi(["status", "--json"], { cwd });
  assert.equal(status.code, 1);
  const { verdict, pipelines } = JSON.parse(status.out) as {
    verdict: string;
    pipelines: { state: string }[];
  };
  assert.deepEqual([verdict, pipelines[0]?.state], ["attention", "waiting"]);
});

test("approve with nothing held says so, is exit code 1 and leaves no line in the ledger", async () => {
  await qianzhi(["init", "nothing-held", "--lang", "en"]);
  const cwd = join(directory, "nothing-held");
  const { code, out } = await qianzhi(["approve", "persons", "--json"], { cwd });
  assert.equal(code, 1);
  assert.equal((JSON.parse(out) as { ok: boolean }).ok, false);
});

test("check names a key column in which a row has NULL", async () => {
  await qianzhi(["init", "nulls", "--lang", "en"]);
  const file = join(directory, "nulls/qianzhi.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("key: [sfzh]", "key: [xm]"));
  const { out } = await qianzhi(["check", "--json", "--config", file]);
  const { findings } = JSON.parse(out) as { findings: { code: string; message: string }[] };
  const found = findings.find(({ code }) => code === "QZ_KEY_NULL");
  assert.match(found?.message ?? "", /xm is NULL/);
});

test("an agent goes on when whoever read its output has left, and answers at its end", async () => {
  await qianzhi(["init", "unread", "--lang", "en"]);
  const cwd = join(directory, "unread");
  const agent = spawn(process.execPath, [program, "run"], { cwd, env: { LANG: "C" } });
  await once(agent.stdout, "data");
  agent.stdout.destroy();
  agent.stderr.destroy();
  await delay(500);
  assert.equal(agent.exitCode, null);
  agent.kill("SIGTERM");
  assert.deepEqual(await once(agent, "close"), [0, null]);

  const answering = spawn(process.execPath, [program, "run", "--json"], { cwd });
  let out = "";
  answering.stdout.on("data", (chunk) => (out += String(chunk)));
  await once(answering.stderr, "data");
  answering.kill("SIGINT");
  await once(answering, "close");
  assert.equal((JSON.parse(out) as { ok: boolean }).ok, true);
});

test("a wrong configuration lists each problem with file, line and column and is exit code 1", async () => {
  await qianzhi(["init", "wrong", "--lang", "en"]);
  const file = join(directory, "wrong/qianzhi.yaml");
  await writeFile(
    file,
    (await readFile(file, "utf8"))
      .replace("cursor: gxsj", "cursr: gxsj")
      .replace("settle: 5s", "settle: 5"),
  );
  const { code, error } = await qianzhi(["check", "--config", "wrong/qianzhi.yaml"]);
  assert.equal(code, 1);
  assert.match(error, /QZ_CONFIG_INVALID The configuration has 2 problem\(s\)\./);
  assert.match(
    error,
    /^ {2}wrong\/qianzhi\.yaml:\d+:5 pipelines\.persons\.cursr: .*did you mean cursor\?$/m,
  );
  assert.match(
    error,
    /^ {2}wrong\/qianzhi\.yaml:\d+:13 pipelines\.persons\.settle: must be a duration/m,
  );
});

test("check looks at the data directory before anything runs in it", async () => {
  await qianzhi(["init", "nowhere", "--lang", "en"]);
  const file = join(directory, "nowhere/qianzhi.yaml");
  await writeFile(
    file,
    (await readFile(file, "utf8")).replace("data: ./data", "data: ./qianzhi.yaml/data"),
  );
  const { code, out } = await qianzhi(["check", "--config", "nowhere/qianzhi.yaml"]);
  assert.equal(code, 1);
  assert.match(out, /^PROBLEM {2}data directory: QZ_STORE_DENIED .*qianzhi\.yaml/m);
  assert.doesNotMatch(out.slice(out.indexOf("PROBLEM")), /^(note|warning)/m);
});

test("the sample site runs against the sandbox at once, and the sandbox stops when told", async () => {
  await qianzhi(["init", "sample", "--lang", "en"]);
  const folder = join(directory, "sample");
  const sandbox = spawn(process.execPath, [program, "sandbox", "--port", "0", "--json"], {
    cwd: folder,
    env: { LANG: "C" },
  });
  try {
    const answer = await new Promise<string>((resolve) =>
      sandbox.stdout.once("data", (chunk) => resolve(String(chunk))),
    );
    const { url } = JSON.parse(answer) as { url: string };
    const file = join(folder, "qianzhi.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("http://127.0.0.1:8787", url));
    const second = await qianzhi(["sandbox", "--port", new URL(url).port], { cwd: folder });
    assert.equal(second.code, 2);
    assert.match(
      second.error,
      /^QZ_USAGE The sandbox cannot listen at 127\.0\.0\.1:\d+ \(EADDRINUSE\)/,
    );
    const run = await qianzhi(["run", "persons", "persons", "--once", "--json"], { cwd: folder });
    assert.equal(run.code, 0, run.error);
    const [persons, ...twice] = (
      JSON.parse(run.out) as {
        pipelines: Record<"read" | "unchanged" | "accepted" | "quarantined" | "deleted", number>[];
      }
    ).pipelines;
    assert.deepEqual(twice, []);
    assert.deepEqual(
      [
        persons?.read,
        persons?.unchanged,
        persons?.accepted,
        persons?.quarantined,
        persons?.deleted,
      ],
      [4, 1, 2, 1, 0],
    );
    const keyOf = async (...words: readonly string[]) => {
      const { out } = await qianzhi(["compare", "--json", ...words], { cwd: folder });
      const { pipelines } = JSON.parse(out) as { pipelines: { differences: { key: string }[] }[] };
      return pipelines.flatMap(({ differences }) => differences.map(({ key }) => key));
    };
    assert.deepEqual(await keyOf(), ["***"]);
    assert.match((await keyOf("--values")).join(), /^\d{17}[\dX]$/);
    await workAtDesk(folder);
    await reconcileBoth(folder);
    const text = await readFile(file, "utf8");
    const broken = text.replace("  persons:\n", "  broken:\n").replace("rkxx", "nowhere");
    const first = broken.slice(broken.indexOf("  broken:"), broken.indexOf("dictionaries:"));
    await writeFile(file, text.replace("  persons:\n", `${first}  persons:\n`));
    const both = await qianzhi(["compare", "--json"], { cwd: folder });
    assert.equal(both.code, 1);
    assert.deepEqual(
      (
        JSON.parse(both.out) as {
          pipelines: { name: string; ok: boolean; error?: { code: string } }[];
        }
      ).pipelines.map(({ name, ok, error }) => [name, ok, error?.code]),
      [
        ["broken", false, "QZ_TABLE_NOT_FOUND"],
        ["persons", true, undefined],
      ],
      "one that cannot be compared does not hide the others",
    );
    await writeFile(file, text);
    const published = await qianzhi(["publish", "--json"], { cwd: folder });
    assert.deepEqual(JSON.parse(published.out), {
      ok: true,
      resources: [{ resource: "natural_person", version: "1.0.0", result: "unchanged" }],
    });
    await writeFile(
      join(folder, "later.mjs"),
      `export default { contract: 99, kind: "later", optionsSchema: {}, open: async () => ({}) };`,
    );
    await writeFile(
      file,
      text
        .replace("sources:\n", "sources:\n  later: { kind: ./later.mjs }\n")
        .replace(
          "pipelines:\n",
          "pipelines:\n  others: { resource: natural_person, source: later, table: t, key: [a], map: { resident_id: a, name: b, updated_at: c } }\n",
        ),
    );
    const divided = await qianzhi(["run", "--once", "--json"], { cwd: folder });
    assert.equal(divided.code, 1);
    assert.deepEqual(
      (
        JSON.parse(divided.out) as { pipelines: { name: string; error?: { code: string } }[] }
      ).pipelines.map(({ name, error }) => [name, error?.code]),
      [
        ["others", "QZ_ADAPTER_CONTRACT"],
        ["persons", undefined],
      ],
      "an adapter that cannot be used stops its own pipelines alone",
    );
  } finally {
    sandbox.kill("SIGTERM");
  }
  assert.equal(await new Promise((resolve) => sandbox.once("close", resolve)), 0);
});

/** What `quarantine retry` exits with, and how many records it read again, sent and found still refused. */
async function retried(folder: string, ...words: readonly string[]): Promise<readonly unknown[]> {
  const { code, out } = await qianzhi(["quarantine", "retry", "--json", ...words], { cwd: folder });
  const { pipelines } = JSON.parse(out) as {
    pipelines: { read: number; sent: number; refused: number }[];
  };
  return [code, ...pipelines.flatMap(({ read, sent, refused }) => [read, sent, refused])];
}

/** The one record that does not fit is counted and found by its reason, taken out with its values, and read again. */
async function workAtDesk(folder: string): Promise<void> {
  const list = await qianzhi(["quarantine", "list", "persons", "--json"], { cwd: folder });
  const { total, reasons } = JSON.parse(list.out) as {
    total: number;
    reasons: { item: string; code: string; count: number }[];
  };
  const [{ item = "", code = "" } = {}] = reasons;
  assert.deepEqual([total, reasons], [1, [{ ...reasons[0], item, code, count: 1 }]]);
  const file = join(folder, "whole.ndjson");
  await qianzhi(["quarantine", "export", file, "--values", "--reason", code], { cwd: folder });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const { record } = JSON.parse(await readFile(file, "utf8")) as { record: object };
  assert.match(JSON.stringify(record), /"resident_id":"\d{17}[\dX]"/);
  assert.deepEqual(await retried(folder, "persons", "--item", item), [0, 1, 0, 1]);
}

/** By the command itself, and by the agent that runs in the directory: the answer is the same. */
async function reconcileBoth(folder: string): Promise<void> {
  const counts = async () => {
    const { code, out } = await qianzhi(["reconcile", "--json"], { cwd: folder });
    const { pipelines } = JSON.parse(out) as {
      pipelines: { rows: number; equal: number; named: number; keys: unknown[] }[];
    };
    return [
      code,
      ...pipelines.flatMap(({ rows, equal, named, keys }) => [rows, equal, named, keys]),
    ];
  };
  const alone = await counts();
  assert.deepEqual(alone, [0, 3, 2, 1, []]);
  const agent = spawn(process.execPath, [program, "run"], {
    cwd: folder,
    env: { LANG: "C" },
  });
  try {
    // Its first line is said when it holds the directory.
    await once(agent.stdout, "data");
    assert.deepEqual(await counts(), alone);
    assert.deepEqual(await retried(folder), [0, 1, 0, 1], "by the agent that runs");
  } finally {
    agent.kill("SIGTERM");
    await once(agent, "close");
  }
  const status = await qianzhi(["status"], { cwd: folder });
  assert.match(status.out, /reconciled \S+ \S+: 3 rows, 2 equal, 1 named, 0 repaired/);
  assert.match(status.out, /digest {2}source 2:(\w{16}) {2}platform 2:\1 {2}they agree/);
}
