import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startSandbox, type SandboxOptions } from "../src/index.ts";
import { person } from "./bed.ts";
import { openApiCheck, type OpenApiDocument } from "./openapi-check.ts";

const token = { authorization: "Bearer secret" };
const start = (options: SandboxOptions = {}) =>
  startSandbox({ port: 0, enrolmentToken: "secret", ...options });
const put = (body: object) => ({
  method: "PUT",
  headers: { ...token, "content-type": "application/json" },
  body: JSON.stringify(body),
});

test("the sandbox serves the platform over HTTP as its document says", async () => {
  await using sandbox = await start();
  const document = (await (await fetch(`${sandbox.url}/openapi.json`)).json()) as OpenApiDocument;
  const check = openApiCheck(document);
  const ask = async (
    target: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) => {
    const response = await fetch(`${sandbox.url}${target}`, init);
    const responseBody = new Uint8Array(await response.arrayBuffer());
    check({
      method: init.method ?? "GET",
      target,
      status: response.status,
      responseBody,
      requestType: init.headers?.["content-type"],
      responseType: response.headers.get("content-type") ?? undefined,
      ...(init.body === undefined ? {} : { requestBody: Buffer.from(init.body) }),
    });
    assert.ok(response.headers.has("date"));
    return response.status;
  };
  assert.equal(await ask("/healthz"), 200);
  assert.equal(await ask("/v1"), 200);
  assert.equal(await ask("/v1/catalog/person/versions/1.0.0", put(person)), 201);
  assert.equal(await ask("/v1/catalog/person"), 200);
  assert.equal(await ask("/v1/exchange/person/digest"), 200);
  assert.equal(await ask("/v1/exchange/person/records?limit=5"), 200);
  assert.equal(await ask("/v1/sites/hr/grants/person", { method: "PUT", headers: token }), 204);
  assert.equal(await ask("/v1/sites/hr/grants/person", { method: "PUT" }), 401);
  assert.equal(await ask("/nowhere"), 404);
});

test("told to, the sandbox cuts the connection", async () => {
  await using sandbox = await start({ faults: { on: "all", dropBefore: 1 } });
  await assert.rejects(fetch(`${sandbox.url}/v1/exchange/person/digest`));
  assert.equal((await fetch(`${sandbox.url}/v1/exchange/person/digest`)).status, 404);
});

test("a body beyond the limit is a problem before it is read", async () => {
  await using sandbox = await start({ limits: { maxBatchBytes: 1000 } });
  const response = await fetch(`${sandbox.url}/v1/exchange/person/batches`, {
    method: "POST",
    body: Buffer.alloc(100_000),
  });
  assert.equal(response.status, 413);
  const problem = (await response.json()) as { code: string; maxBatchBytes: number };
  assert.deepEqual([problem.code, problem.maxBatchBytes], ["QZ_BATCH_TOO_LARGE", 1000]);
});

test("what is kept in a directory is there after a restart, and closing twice is fine", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sandbox-"));
  try {
    const first = await start({ directory });
    await fetch(`${first.url}/v1/catalog/person/versions/1.0.0`, put(person));
    await first.close();
    await first.close();
    await using second = await start({ directory });
    assert.equal((await fetch(`${second.url}/v1/catalog/person`)).status, 200);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("a sandbox that others can reach is closed for reading, and an enrolment token is made when none is given", async () => {
  await using sandbox = await startSandbox({ port: 0, host: "0.0.0.0" });
  assert.match(sandbox.enrolmentToken, /^[\w-]{32}$/);
  const url = sandbox.url.replace("0.0.0.0", "127.0.0.1");
  assert.equal((await fetch(`${url}/v1/exchange/person/digest`)).status, 401);
});
