import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import {
  createHandler,
  createPlatform,
  platformCases,
  startSandbox,
  verifyPlatform,
  type PlatformResponse,
} from "../src/index.ts";
import { realWorld } from "../src/server/real-world.ts";

const enrolmentToken = "secret";

test("the sandbox passes every case of the protocol, and nothing is left behind", async () => {
  await using sandbox = await startSandbox({ port: 0, enrolmentToken });
  const results = await verifyPlatform({ url: sandbox.url, enrolmentToken });
  assert.deepEqual(
    results.filter(({ outcome }) => outcome !== "passed"),
    [],
  );
  assert.equal(results.length, platformCases.length);
  for (const { name, zh } of results) assert.match(zh.name, /[一-龥]/, name);
  assert.equal(sandbox.platform.resourceDigest("qianzhi_verification").count, 0);
});

test("the sandbox passes with late receipts, too, and closed for reading", async () => {
  await using sandbox = await startSandbox({
    port: 0,
    enrolmentToken,
    openReads: false,
    faults: { lateReceiptsMs: 5 },
  });
  const results = await verifyPlatform({ url: sandbox.url, enrolmentToken });
  assert.deepEqual(
    results.filter(({ outcome }) => outcome !== "passed"),
    [],
  );
});

test("without a token only what needs none is tried, and the rest is named", async () => {
  await using sandbox = await startSandbox({ port: 0, enrolmentToken });
  const results = await verifyPlatform({ url: sandbox.url, level: 1 });
  assert.deepEqual(
    results.filter(({ outcome }) => outcome === "failed"),
    [],
  );
  assert.ok(results.some(({ outcome }) => outcome === "passed"));
  assert.ok(
    results.some(
      ({ outcome, reason, zh }) =>
        outcome === "skipped" && reason!.includes("token") && zh.reason!.includes("令牌"),
    ),
  );
  assert.ok(results.every(({ level }) => level === 1));
});

test("a platform that breaks down while it is verified fails the cases that it leaves open", async () => {
  await using sandbox = await startSandbox({ port: 0, enrolmentToken });
  let batches = 0;
  const front = createServer((request, response) => {
    if (request.url?.endsWith("/batches") === true) batches += 1;
    if (batches > 0) return void request.socket.destroy();
    const { method = "GET", url = "", headers } = request;
    const body = method === "GET" ? {} : { body: Readable.toWeb(request), duplex: "half" };
    void fetch(`${sandbox.url}${url}`, { method, headers, ...body } as RequestInit).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
    );
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = front.address() as AddressInfo;
    const results = await verifyPlatform({ url: `http://127.0.0.1:${port}`, enrolmentToken });
    assert.equal(results.length, platformCases.length);
    const failed = results.filter(({ outcome }) => outcome === "failed");
    assert.ok(failed.length > platformCases.length / 2);
    assert.match(failed.at(-1)?.reason ?? "", /cannot be reached/);
  } finally {
    front.closeAllConnections();
    front.close();
  }
});

test("a wrong token, an address where nothing answers and a server that is no platform are told apart", async () => {
  const refusal = (code: string) => (error: unknown) =>
    QianzhiError.is(error) && error.code === code;
  await using sandbox = await startSandbox({ port: 0, enrolmentToken });
  await assert.rejects(
    verifyPlatform({ url: sandbox.url, enrolmentToken: "guess" }),
    refusal("QZ_TOKEN_INVALID"),
  );
  await assert.rejects(
    verifyPlatform({ url: "http://127.0.0.1:1" }),
    refusal("QZ_PLATFORM_UNREACHABLE"),
  );
  await assert.rejects(verifyPlatform({ url: `${sandbox.url}/elsewhere` }), refusal("QZ_PROTOCOL"));
});

type Bug = (
  request: { method: string; target: string; headers: Record<string, string>; body: Uint8Array },
  answer: () => PlatformResponse,
) => PlatformResponse;

const rewrite = (
  response: PlatformResponse,
  change: (body: Record<string, unknown>) => object,
): PlatformResponse => ({
  ...response,
  body: Buffer.from(
    JSON.stringify(
      change(JSON.parse(Buffer.from(response.body).toString()) as Record<string, unknown>),
    ),
  ),
});
const isBatch = (target: string): boolean => target.endsWith("/batches");

/** Platforms with one bug each, and a word of the case that must find it. */
const bugs: readonly (readonly [string, RegExp, Bug])[] = [
  [
    "forgets who sent a nonce",
    /taken once/,
    (request, answer) => (request.target.endsWith("/epoch") ? rewriteNonce(answer) : answer()),
  ],
  [
    "answers conflicts without the position",
    /position/,
    (_, answer) => {
      const response = answer();
      return response.status === 409
        ? rewrite(response, ({ position: _position, ...rest }) => rest)
        : response;
    },
  ],
  [
    "counts every record as accepted",
    /does not fit/,
    ({ target }, answer) => {
      const response = answer();
      return isBatch(target) && response.status === 200
        ? rewrite(response, (receipt) => ({ ...receipt, refused: [] }))
        : response;
    },
  ],
  [
    "answers digests that stay behind",
    /digest of a stream/,
    ({ target }, answer) => {
      const response = answer();
      return target.includes("/digest")
        ? rewrite(response, (report) => ({ ...report, count: 0, sum: "0".repeat(64) }))
        : response;
    },
  ],
  [
    "takes records of a share that has ended",
    /share has ended/,
    (_, answer) => {
      const response = answer();
      return Buffer.from(response.body).includes("QZ_POLICY_WITHHELD") && response.status === 403
        ? { ...response, status: 200 }
        : response;
    },
  ],
  [
    "answers problems as plain JSON",
    /nobody signed/,
    (_, answer) => {
      const response = answer();
      return response.status >= 400
        ? { ...response, headers: { ...response.headers, "content-type": "application/json" } }
        : response;
    },
  ],
];

// A signature that was refused for its nonce is answered as if it were new.
function rewriteNonce(answer: () => PlatformResponse): PlatformResponse {
  const response = answer();
  return response.status === 401 && Buffer.from(response.body).includes("nonce")
    ? { ...response, status: 200 }
    : response;
}

for (const [name, finds, bug] of bugs) {
  test(`a platform that ${name} is found out`, async () => {
    const server = await buggy(bug);
    try {
      const { port } = server.address() as AddressInfo;
      const results = await verifyPlatform({ url: `http://127.0.0.1:${port}`, enrolmentToken });
      const failed = results.filter(({ outcome }) => outcome === "failed");
      assert.ok(
        failed.some((result) => finds.test(result.name)),
        failed.map((result) => result.name).join("; "),
      );
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

async function buggy(bug: Bug): Promise<Server> {
  const handle = createHandler(createPlatform({ world: realWorld }), { enrolmentToken });
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method!,
        target: incoming.url!,
        body: Buffer.concat(chunks),
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ),
      };
      const response = bug(request, () => handle(request));
      outgoing.writeHead(response.status, response.headers);
      outgoing.end(response.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
