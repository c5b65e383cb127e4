import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import {
  createDelivery,
  httpTarget,
  nodeCompression,
  openStore,
  Outbox,
  publicKeyOf,
  realWorld,
} from "../../src/index.ts";
import { httpPlatform, isSigned } from "../support/http-platform.ts";
import { makeCertificate } from "../support/certificates.ts";
import { keyText, persons, recordText, temporaryDirectory } from "../support/site.ts";
import { batch, CANARY, fails, privateKey, signal, target } from "../support/http-requests.ts";

test("batches sealed in the outbox arrive over HTTP, signed, over one connection", async (t) => {
  const served = await httpPlatform(t);
  const { platform, url, seen } = served;
  const store = await openStore({
    directory: await temporaryDirectory(t),
    world: realWorld(),
    limits: { reserveBytes: 0 },
  });
  t.after(() => store.close());
  const outbox = new Outbox(store);
  for (const id of [1, 2, 3]) {
    await outbox.seal({
      stream: persons,
      version: "1.0.0",
      key: ["id"],
      deletes: [],
      upserts: [recordText(id, "n")],
    });
  }
  await createDelivery({ outbox, target: target(t, { url }), world: realWorld() }).drain();
  assert.deepEqual([...platform.copy(persons).keys()], [1, 2, 3].map(keyText));
  assert.ok(seen.length >= 6);
  for (const request of seen) assert.ok(isSigned(request, publicKeyOf(privateKey)), request.url);
  const posts = seen.filter(({ method }) => method === "POST");
  assert.equal(posts[0]?.headers["content-encoding"], "gzip");
  assert.equal(posts[0]?.headers["idempotency-key"], '"site-1/persons/1/1"');
  assert.equal(posts[0]?.headers["content-type"], "application/x-ndjson");
  const digest = createHash("sha256")
    .update(posts[0]?.body ?? "")
    .digest("base64");
  assert.equal(posts[0]?.headers["content-digest"], `sha-256=:${digest}:`);
  assert.match(
    String(posts[0]?.headers["signature-input"]),
    /^qianzhi=\("@method" "@path" "@query" "content-digest" "content-type"\);created=\d+;keyid="site-1\/main";alg="ed25519";nonce="[0-9a-f]{32}"$/,
  );
  assert.equal(served.connections, 1);
});

test("a signature does not fit a request that was changed", async (t) => {
  const { url, seen } = await httpPlatform(t);
  await target(t, { url }).capabilities(signal);
  const [request] = seen;
  assert.ok(request !== undefined && isSigned(request, publicKeyOf(privateKey)));
  assert.ok(!isSigned({ ...request, url: "/v2" }, publicKeyOf(privateKey)));
});

test("each way of not answering has its own code", async (t) => {
  const served = await httpPlatform(t);
  const at = target(t, { url: served.url, timeoutMs: 300 });
  await fails(
    target(t, { url: "http://127.0.0.1:1" }).deliver(batch(), signal),
    "QZ_PLATFORM_UNREACHABLE",
    { address: "127.0.0.1:1" },
  );
  await fails(
    target(t, { url: "http://no-such-host.invalid" }).deliver(batch(), signal),
    "QZ_PLATFORM_UNREACHABLE",
  );
  served.intercept = () => true;
  await fails(at.deliver(batch(), signal), "QZ_PLATFORM_TIMEOUT", { limitMs: 300 });
  served.intercept = (_, response) => Boolean(response.destroy());
  await fails(at.deliver(batch(), signal), "QZ_PLATFORM_UNREACHABLE");
  served.intercept = (_, response) => Boolean(response.socket?.end("what?\r\n\r\n"));
  await fails(at.deliver(batch(), signal), "QZ_PROTOCOL");
  const cancelled = AbortSignal.abort();
  await fails(at.deliver(batch(), cancelled), "QZ_CANCELLED");
});

test("each refusal of the platform has its own code, with what the engine needs", async (t) => {
  const served = await httpPlatform(t);
  const at = target(t, { url: served.url });
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    served.intercept = (_, response) => {
      response.writeHead(status, { "content-type": "application/problem+json", ...headers });
      return Boolean(response.end(typeof body === "string" ? body : JSON.stringify(body)));
    };
  };
  const send = (): Promise<unknown> => at.deliver(batch(), signal);
  answer(429, {}, { "retry-after": "7" });
  await fails(send(), "QZ_PLATFORM_BUSY", { retryAfterMs: 7000 });
  answer(503, "<html>", { "retry-after": new Date(Date.now() + 60_000).toUTCString() });
  assert.ok(Number((await fails(send(), "QZ_PLATFORM_BUSY")).details["retryAfterMs"]) > 50_000);
  answer(500, "<html>");
  await fails(send(), "QZ_PLATFORM_FAULT", { status: 500 });
  answer(413, { code: "QZ_BATCH_TOO_LARGE", maxBatchBytes: 10 });
  await fails(send(), "QZ_BATCH_TOO_LARGE", { limit: 10 });
  answer(422, {
    code: "QZ_BATCH_REFUSED",
    detail: `the name "${CANARY}" and ${CANARY} are blocked`,
  });
  await fails(send(), "QZ_BATCH_REFUSED", { problem: "the name … and … are blocked" });
  const position = {
    epoch: 3,
    instance: "i",
    nonce: "a".repeat(64),
    sequence: 2,
    digest: "b".repeat(64),
  };
  answer(409, { code: "QZ_CHAIN_CONFLICT", position });
  assert.deepEqual((await fails(send(), "QZ_CHAIN_CONFLICT")).details["position"], position);
  answer(401, { code: "QZ_KEY_UNKNOWN" });
  await fails(send(), "QZ_KEY_UNKNOWN", { site: "site-1", key: "main" });
  answer(403, { code: "QZ_NOT_ALLOWED" });
  await fails(send(), "QZ_NOT_ALLOWED", { site: "site-1", resource: "person" });
  answer(401, { code: "QZ_CLOCK_SKEW", now: new Date(Date.now() - 900_000).toISOString() });
  await fails(send(), "QZ_CLOCK_SKEW", { skewSeconds: 900 });
  answer(
    401,
    { code: "QZ_SIGNATURE_INVALID" },
    { date: new Date(Date.now() + 3_600_000).toUTCString() },
  );
  assert.ok(Number((await fails(send(), "QZ_CLOCK_SKEW")).details["skewSeconds"]) < -3500);
  answer(401, { code: "QZ_SIGNATURE_INVALID" });
  await fails(send(), "QZ_SIGNATURE_INVALID");
  answer(409, { code: "QZ_INTERNAL" });
  await fails(send(), "QZ_PROTOCOL");
  answer(302, {}, { location: "http://127.0.0.1:1/elsewhere" });
  await fails(send(), "QZ_PROTOCOL");
  answer(200, "<html>");
  await fails(send(), "QZ_PROTOCOL");
  answer(200, { site: "site-1", accepted: -1 });
  await fails(send(), "QZ_PROTOCOL");
  answer(200, { protocol: "other/1" });
  await fails(at.capabilities(signal), "QZ_PROTOCOL");
});

test("an answer without end is cut off", async (t) => {
  const served = await httpPlatform(t);
  served.intercept = (_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = (): boolean => !response.destroyed && response.write(Buffer.alloc(1 << 20, 0x20));
    response.on("drain", () => void more());
    while (more());
    return true;
  };
  await fails(target(t, { url: served.url }).deliver(batch(), signal), "QZ_PROTOCOL");
});

test("a private authority is trusted when it is named, and everything else about TLS has its reason", async (t) => {
  const authority = makeCertificate({ name: "Test CA", authority: true });
  const good = makeCertificate({ name: "127.0.0.1", issuer: authority });
  const tls = (c: { certificate: string; key: string }) => ({ cert: c.certificate, key: c.key });
  const problem = async (work: Promise<unknown>): Promise<string> => {
    const error = await fails(work, "QZ_PLATFORM_TLS");
    assert.doesNotMatch(describeError(error, "zh").message, /[a-z]{3,} [a-z]{2,}/);
    return error.message;
  };
  const ca = authority.certificate;
  const served = await httpPlatform(t, tls(good));
  assert.equal((await target(t, { url: served.url, ca }).capabilities(signal)).position, true);
  assert.match(await problem(target(t, { url: served.url }).capabilities(signal)), /authority/);
  const selfSigned = await httpPlatform(t, tls(makeCertificate({ name: "127.0.0.1" })));
  assert.match(
    await problem(target(t, { url: selfSigned.url, ca }).capabilities(signal)),
    /self-signed/,
  );
  const expired = await httpPlatform(
    t,
    tls(makeCertificate({ name: "127.0.0.1", issuer: authority, years: -1 })),
  );
  assert.match(await problem(target(t, { url: expired.url, ca }).capabilities(signal)), /expired/);
  const other = await httpPlatform(
    t,
    tls(makeCertificate({ name: "elsewhere.example", issuer: authority })),
  );
  assert.match(
    await problem(target(t, { url: other.url, ca }).capabilities(signal)),
    /another name/,
  );
  const plain = await httpPlatform(t);
  assert.match(
    await problem(target(t, { url: plain.url.replace("http", "https"), ca }).capabilities(signal)),
    /does not speak TLS/,
  );
});

test("a platform that demands a client certificate gets it, and says so when there is none", async (t) => {
  const authority = makeCertificate({ name: "Test CA", authority: true });
  const ca = authority.certificate;
  const own = makeCertificate({ name: "site-1", issuer: authority });
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const server = makeCertificate({ name: "127.0.0.1", issuer: authority });
    const served = await httpPlatform(t, {
      cert: server.certificate,
      key: server.key,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion,
    });
    await target(t, { url: served.url, ca, clientCertificate: own }).capabilities(signal);
    const error = await fails(
      target(t, { url: served.url, ca }).capabilities(signal),
      "QZ_PLATFORM_TLS",
    );
    assert.match(error.message, /client certificate/);
  }
});

test("a key that is no Ed25519 key is refused without a word of its content", () => {
  const make = (key: string) => () =>
    httpTarget({
      url: "http://x",
      site: "s",
      keyId: "k",
      privateKey: key,
      timeoutMs: 1,
      world: realWorld(),
    });
  const rsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  }) as string;
  for (const key of ["nonsense", rsa]) {
    assert.throws(
      make(key),
      (error) =>
        QianzhiError.is(error) && error.code === "QZ_SECRET_MISSING" && error.cause === undefined,
    );
  }
});

test("a body in an encoding that the platform cannot take is wrapped anew, the batch itself unchanged", async (t) => {
  const served = await httpPlatform(t);
  served.intercept = ({ url }, response) =>
    url === "/v1" &&
    Boolean(
      response.writeHead(200, { "content-type": "application/json" }).end(
        JSON.stringify({
          protocol: "qianzhi/1",
          levels: [1, 2],
          maxBatchBytes: 1_000_000,
          encodings: ["identity"],
        }),
      ),
    );
  const store = await openStore({
    directory: await temporaryDirectory(t),
    world: realWorld(),
    limits: { reserveBytes: 0 },
  });
  t.after(() => store.close());
  const outbox = new Outbox(store, { compression: nodeCompression });
  await outbox.seal({
    stream: persons,
    version: "1.0.0",
    key: ["id"],
    deletes: [],
    upserts: [recordText(1, "n")],
  });
  assert.equal(outbox.encoding, "gzip");
  await createDelivery({
    outbox,
    target: target(t, { url: served.url }),
    world: realWorld(),
  }).drain();
  assert.equal(served.platform.copy(persons).size, 1);
  assert.equal(outbox.encoding, "identity");
});

test("a kept connection that the platform has closed meanwhile costs nothing", async (t) => {
  const served = await httpPlatform(t);
  const at = target(t, { url: served.url });
  await at.capabilities(signal);
  let dropped = 0;
  served.intercept = (_, response) =>
    dropped++ === 0 && Boolean(response.socket?.resetAndDestroy());
  await at.capabilities(signal);
  assert.equal(dropped, 2);
  assert.equal(served.connections, 2);
});
