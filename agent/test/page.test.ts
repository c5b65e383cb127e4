import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { commandProcess } from "./command-process.ts";
import { load, problemsOf, site } from "./site-fixture.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));
const PASSWORD = "correct horse: battery";
const withPage = (page: string): string => site.replace("resources:", `page: ${page}\nresources:`);

describe("the page of a running agent", () => {
  let folder: string;
  let agent: ChildProcess;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "qianzhi-page-"));
    await using commands = commandProcess();
    await commands.run(["init", ".", "--lang", "en"], { cwd: folder });
    const file = join(folder, "qianzhi.yaml");
    const own = (await readFile(file, "utf8")).replace(
      "listen: 127.0.0.1:8470",
      `listen: 127.0.0.1:0\n  password: "${PASSWORD}"`,
    );
    await writeFile(file, own);
    agent = spawn(process.execPath, [program, "run"], { cwd: folder, env: { LANG: "C" } });
    agent.stderr?.resume();
    let said = "";
    for await (const chunk of agent.stdout!) {
      said += String(chunk);
      const found = /The page is at (\S+)/.exec(said)?.[1];
      if (found === undefined) continue;
      url = found;
      break;
    }
  });
  after(async () => {
    agent.kill("SIGTERM");
    await once(agent, "close");
    await rm(folder, { recursive: true });
  });

  const authorization = `Basic ${Buffer.from(`anybody:${PASSWORD}`).toString("base64")}`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, url), { headers: { authorization, ...headers } });

  test("is whole in both languages, asks nothing of another machine and shows no value of a record", async () => {
    const chinese = await (await get("", { "accept-language": "zh-CN,zh;q=0.9" })).text();
    assert.match(chinese, /<html lang="zh-CN">/);
    assert.match(chinese, /采集任务/);
    const answer = await get("?lang=en", { "accept-language": "zh-CN" });
    const english = await answer.text();
    assert.match(english, /<h2>Pipelines<\/h2>/);
    assert.doesNotMatch(english.replace(/>中文</, ""), /待处理|采集任务/);
    for (const page of [english, chinese]) {
      assert.doesNotMatch(page, /\d{17}[\dX]|欧阳|冉建国/);
      assert.doesNotMatch(page, /https?:\/\//);
    }
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    const parts = await Promise.all(
      ["page.css", "page.js"].map(async (name) => (await get(name)).text()),
    );
    assert.ok([english, ...parts].join("").length < 200_000);
  });

  test("tells machines how it is", async () => {
    assert.equal((await get("healthz")).status, 200);
    assert.equal((await get("readyz")).status, 200);
    const metrics = await (await get("metrics")).text();
    for (const line of metrics.trimEnd().split("\n"))
      assert.match(
        line,
        /^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [\d.e+]+)$/,
      );
    assert.match(metrics, /^qianzhi_pipeline_quarantined_records\{pipeline="persons"\} \d+$/m);
  });

  test("asks for the password, of everything but whether the agent lives", async () => {
    for (const path of ["", "metrics", "page.js"])
      assert.equal((await fetch(new URL(path, url))).status, 401, path);
    const wrong = `Basic ${Buffer.from("anybody:wrong").toString("base64")}`;
    assert.equal((await get("", { authorization: wrong })).status, 401);
    assert.equal((await fetch(new URL("healthz", url))).status, 200);
  });

  test("only answers to its own name, and to questions", async () => {
    const { port, hostname } = new URL(url);
    assert.equal((await fetch(url, { method: "POST" })).status, 405);
    assert.equal((await get("nothing")).status, 404);
    const foreign = await new Promise<string>((resolve) => {
      const client = spawn(process.execPath, [
        "-e",
        `require("http").get({host:"${hostname}",port:${port},headers:{host:"evil.example"}},(r)=>{console.log(r.statusCode);r.destroy()})`,
      ]);
      void textOf(client.stdout).then(resolve);
    });
    assert.equal(foreign.trim(), "421");
  });

  test("outlives requests that are none", async () => {
    const { port, hostname: host } = new URL(url);
    for (const path of ["//", "/\\", "http://["]) {
      const sent = request({ host, port, path, headers: { authorization } });
      const [answer] = (await once(sent.end(), "response")) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 404, path);
    }
    assert.equal((await get("healthz")).status, 200);
  });

  test("that finds its port in use does not stop the agent", async () => {
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const other = await mkdtemp(join(tmpdir(), "qianzhi-page-"));
    try {
      await using commands = commandProcess();
      await commands.run(["init", ".", "--lang", "en"], { cwd: other });
      const file = join(other, "qianzhi.yaml");
      await writeFile(
        file,
        (await readFile(file, "utf8")).replace("127.0.0.1:8470", `127.0.0.1:${port}`),
      );
      const second = spawn(process.execPath, [program, "run"], { cwd: other, env: { LANG: "C" } });
      second.stdout.resume();
      let log = "";
      for await (const chunk of second.stderr) {
        log += String(chunk);
        if (log.includes("QZ_PORT_IN_USE")) break;
      }
      assert.equal(second.exitCode, null);
      second.kill("SIGTERM");
      assert.deepEqual(await once(second, "close"), [0, null]);
    } finally {
      taken.close();
      await rm(other, { recursive: true });
    }
  });
});

describe("the page's configuration", () => {
  test("is nothing when it is not there, and loopback when nothing is said", async () => {
    assert.equal((await load()).page, undefined);
    const { page } = await load({ site: withPage("{}") });
    assert.deepEqual(page, { host: "127.0.0.1", port: 8470 });
  });

  test("off this machine needs TLS and a password that is not soon guessed", async () => {
    const open = await problemsOf({ site: withPage('{ listen: "0.0.0.0:8470" }') });
    assert.match(open[0]?.message ?? "", /needs password, certificate and key/);
    const short = await problemsOf({
      site: withPage('{ listen: "0.0.0.0:8470", password: admin, certificate: x, key: y }'),
    });
    assert.match(short[0]?.message ?? "", /at least 12 characters/);
    const half = await problemsOf({ site: withPage("{ certificate: x }") });
    assert.match(half[0]?.message ?? "", /belong together/);
  });
});
