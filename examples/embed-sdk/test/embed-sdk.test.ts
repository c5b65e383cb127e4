import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox, type Sandbox } from "@qianzhi/sandbox";
import { enrol, openProgram } from "../src/open-program.ts";
import { startWebServer } from "../src/web-server.ts";

const main = fileURLToPath(new URL("../src/main.js", import.meta.url));

interface Setting {
  readonly directory: string;
  readonly sandbox: Sandbox;
  readonly token: string;
}

async function setting(t: TestContext): Promise<Setting> {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-embed-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const sandbox = await startSandbox({ port: 0, enrolmentToken: "test-token" });
  t.after(() => sandbox.close());
  return { directory, sandbox, token: "test-token" };
}

async function run({ directory, sandbox, token }: Setting, ...options: readonly string[]) {
  const child = spawn(
    process.execPath,
    [main, "--directory", directory, "--platform", sandbox.url, "--token", token, ...options],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => void (output += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => void (errors += String(chunk)));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, output, errors };
}

async function permitsAt({ url }: Sandbox): Promise<readonly string[]> {
  const answer = await fetch(`${url}/v1/exchange/food_permit/records`);
  const { records } = (await answer.json()) as { records: { permit_number: string }[] };
  return records.map((record) => record.permit_number);
}

test("killed between its business commit and its publish, the program converges at the next start", async (t) => {
  const office = await setting(t);
  const first = await run(office, "--grant", "SP-001", "--grant", "SP-002");
  assert.equal(first.code, 0, first.errors);
  assert.deepEqual(await permitsAt(office.sandbox), ["SP-001", "SP-002"]);
  const killed = await run(office, "--grant", "SP-003", "--revoke", "SP-001", "--die");
  assert.equal(killed.signal, "SIGKILL");
  assert.deepEqual(await permitsAt(office.sandbox), ["SP-001", "SP-002"]);
  const next = await run(office);
  assert.equal(next.code, 0, next.errors);
  assert.deepEqual(JSON.parse(next.output), { drained: 2, accepted: 4, refused: 0 });
  assert.deepEqual(await permitsAt(office.sandbox), ["SP-002", "SP-003"]);
});

test("the item that is not shared never arrives", async (t) => {
  const office = await setting(t);
  assert.equal((await run(office, "--grant", "SP-001")).code, 0);
  const answer = await fetch(`${office.sandbox.url}/v1/exchange/food_permit/records`);
  assert.ok(!(await answer.text()).includes("张三"));
});

test("inside a web server delivery starts with the server and ends with it, and what was not sent yet waits", async (t) => {
  const office = await setting(t);
  const { directory, sandbox, token } = office;
  const options = { directory, platform: sandbox.url, enrolmentToken: token, port: 0 };
  const introduction = await openProgram(options);
  await enrol(introduction, AbortSignal.timeout(10_000));
  await introduction.close();
  const web = await startWebServer(options);
  const { port } = web.server.address() as AddressInfo;
  const permit = {
    method: "PUT",
    body: JSON.stringify({ holder: "面馆", valid_until: "2031-01-31" }),
  };
  const url = `http://127.0.0.1:${port}/permits`;
  assert.equal((await fetch(`${url}/SP-101`, permit)).status, 204);
  assert.equal((await fetch(`${url}/SP-102`, permit)).status, 204);
  assert.equal((await fetch(`${url}/SP-101`, { method: "DELETE" })).status, 204);
  await web.stop();
  // Whatever the background delivery had not sent by then waits in the outbox.
  const next = await run(office);
  assert.equal(next.code, 0, next.errors);
  assert.deepEqual(await permitsAt(sandbox), ["SP-102"]);
});

test("a comparison repairs what was changed behind the program's back", async (t) => {
  const office = await setting(t);
  const { directory, sandbox, token } = office;
  assert.equal((await run(office, "--grant", "SP-001", "--grant", "SP-002")).code, 0);
  const program = await openProgram({ directory, platform: sandbox.url, enrolmentToken: token });
  t.after(() => program.close());
  program.office.revoke("SP-001");
  // As if somebody had changed the table by hand: the intent is gone.
  const noted = await program.office.intents.read(10);
  await program.office.intents.remove(noted.map(({ id }) => id));
  const result = await program.permits.reconcile(program.office.current());
  assert.deepEqual([result.unchanged, result.deleted], [1, 1]);
  await program.exchange.flush();
  assert.deepEqual(await permitsAt(sandbox), ["SP-002"]);
});
