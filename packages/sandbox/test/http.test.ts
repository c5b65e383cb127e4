import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Problem } from "@qianzhi/sdk";
import { signRequest } from "../src/conformance/sign.ts";
import { createHandler, type HandlerOptions, type PlatformOptions, type PlatformResponse } from "../src/index.ts";
import { openApiCheck, type OpenApiDocument } from "./openapi-check.ts";
import { key, nextBatch, nonce, openPlatform, person, record, send, stream } from "./bed.ts";

const token = "the-token";

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | object;
  readonly as?: "site" | "operator" | "anyone";
  readonly created?: number;
  readonly nonce?: string;
  /** Changes the request after it was signed. */
  readonly tamper?: (request: { method: string; target: string; headers: Record<string, string>; body: Uint8Array }) => void;
}

function service(options: Partial<PlatformOptions> = {}, handling: Partial<HandlerOptions> = {}) {
  const platform = openPlatform(options);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  platform.sites.registerKey({ site: "hr", keyId: "k1", publicKey: raw });
  const handle = createHandler(platform, { enrolmentToken: token, ...handling });
  const document = read(handle({ method: "GET", target: "/openapi.json", headers: {}, body: new Uint8Array() }));
  const check = openApiCheck(document as OpenApiDocument);
  let drawn = 0;
  const ask = (target: string, { method = "GET", headers = {}, body, as = "site", ...rest }: Ask = {}): PlatformResponse => {
    const bytes = body === undefined ? undefined : body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
    const typed = { ...(bytes === undefined ? {} : { "content-type": "application/json" }), ...headers };
    const created = rest.created ?? Math.floor(platform.world.state.now / 1000);
    const signing = { keyid: "hr/k1", privateKey, created, nonce: rest.nonce ?? `nonce-${String(drawn++).padStart(16, "0")}` };
    const unsigned = { method, target, headers: typed, ...(bytes === undefined ? {} : { body: bytes }) };
    const signed = as === "site" ? signRequest(unsigned, signing) : as === "operator" ? { ...typed, authorization: `Bearer ${token}` } : typed;
    const request = { method, target, headers: signed, body: bytes ?? new Uint8Array() };
    rest.tamper?.(request);
    const response = handle(request);
    if (response.dropped !== true) {
      check({
        method: request.method, target: request.target, requestType: request.headers["content-type"],
        ...(request.body.length === 0 ? {} : { requestBody: request.body }),
        status: response.status, responseType: response.headers["content-type"], responseBody: response.body,
      });
    }
    return response;
  };
  const post = (bytes: Uint8Array, more: Ask = {}): PlatformResponse => {
    const { sequence } = platform.position(stream)!;
    return ask("/v1/exchange/person/batches", {
      method: "POST", body: bytes, ...more,
      headers: { "content-type": "application/x-ndjson", "idempotency-key": `"hr/p1/1/${sequence + 1}"`, ...more.headers },
    });
  };
  return { platform, ask, post };
}

const read = (response: PlatformResponse): unknown => JSON.parse(Buffer.from(response.body).toString("utf8"));
function assertProblem(response: PlatformResponse, status: number, code: string): Problem {
  const body = read(response) as Problem;
  assert.deepEqual([response.status, body.code], [status, code], JSON.stringify(body));
  assert.equal(response.headers["content-type"], "application/problem+json");
  assert.ok(response.headers["date"] !== undefined);
  return body;
}

test("the service says what it can do", () => {
  const { ask } = service();
  const body = read(ask("/v1", { as: "anyone" })) as Record<string, unknown>;
  assert.equal(body["protocol"], "qianzhi/1");
  assert.deepEqual((body["encodings"] as string[]).slice(-2), ["gzip", "identity"]);
  assert.equal(body["now"], "2026-01-01T00:00:00.000Z");
});

test("a signed batch is taken, plain and compressed, and a repeat is answered the same", () => {
  const { platform, post } = service();
  const first = nextBatch(platform, { upserts: [record("1")] });
  const answer = post(first);
  assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
  const repeat = post(gzipSync(first), { headers: { "content-encoding": "gzip", "idempotency-key": '"hr/p1/1/1"' } });
  assert.deepEqual(read(repeat), read(answer));
  const second = nextBatch(platform, { deletes: [key("1")] });
  assert.equal(post(gzipSync(second), { headers: { "content-encoding": "gzip" } }).status, 200);
});

test("a request that was changed on its way is refused", () => {
  const { platform, ask, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assertProblem(post(bytes, { tamper: (r) => { r.body = Buffer.from(r.body).reverse(); } }), 400, "QZ_DIGEST_MISMATCH");
  const redigest = (r: { headers: Record<string, string>; body: Uint8Array }) => {
    r.body = Buffer.from(`${Buffer.from(r.body).toString()}x`);
    r.headers["content-digest"] = `sha-256=:${createHash("sha256").update(r.body).digest("base64")}:`;
  };
  assertProblem(post(bytes, { tamper: redigest }), 401, "QZ_SIGNATURE_INVALID");
  assertProblem(post(bytes, { tamper: (r) => { r.target += "?a=1"; } }), 401, "QZ_SIGNATURE_INVALID");
  assertProblem(post(bytes, { tamper: (r) => { r.method = "PUT"; } }), 405, "QZ_REQUEST_INVALID");
  assertProblem(post(bytes, { tamper: (r) => { delete r.headers["signature"]; } }), 401, "QZ_SIGNATURE_INVALID");
  assertProblem(post(bytes, { tamper: (r) => { delete r.headers["content-digest"]; } }), 401, "QZ_SIGNATURE_INVALID");
  const uncovered = (r: { headers: Record<string, string> }) => {
    r.headers["signature-input"] = r.headers["signature-input"]!.replace(' "content-digest"', "");
  };
  assertProblem(post(bytes, { tamper: uncovered }), 401, "QZ_SIGNATURE_INVALID");
  assert.equal(ask("/v1/exchange/person/streams/hr/p1").status, 200);
  assert.equal(platform.position(stream)!.sequence, 0);
});

test("a signature outside the window is told as clock skew, with the platform's time", () => {
  const { platform, ask } = service();
  const now = Math.floor(platform.world.state.now / 1000);
  const path = "/v1/exchange/person/streams/hr/p1";
  for (const created of [now - 300, now + 300]) assert.equal(ask(path, { created }).status, 200);
  for (const created of [now - 301, now + 301]) {
    assert.equal(assertProblem(ask(path, { created }), 401, "QZ_CLOCK_SKEW").now, "2026-01-01T00:00:00.000Z");
  }
});

test("a nonce is taken once as long as its signature could be valid, and room is made afterwards", () => {
  const { platform, ask } = service({ limits: { maxNonces: 2 } });
  const path = "/v1/exchange/person/streams/hr/p1";
  const ahead = { created: Math.floor(platform.world.state.now / 1000) + 300, nonce: "n".repeat(16) };
  assert.equal(ask(path, ahead).status, 200);
  assertProblem(ask(path, ahead), 401, "QZ_SIGNATURE_INVALID");
  assert.equal(ask(path).status, 200);
  assert.equal(assertProblem(ask(path), 503, "QZ_PLATFORM_BUSY").status, 503);
  platform.world.state.now += 600_000;
  assertProblem(ask(path, ahead), 401, "QZ_SIGNATURE_INVALID");
  platform.world.state.now += 1000;
  assert.equal(ask(path).status, 200);
});

test("an unknown and a revoked key are told by name", () => {
  const { ask } = service();
  const path = "/v1/exchange/person/streams/hr/p1";
  assert.equal(ask("/v1/sites/hr/keys/k1", { method: "DELETE", as: "operator" }).status, 204);
  assertProblem(ask(path), 401, "QZ_KEY_UNKNOWN");
});

test("a site writes for itself alone, and only what it was granted", () => {
  const { platform, ask, post } = service();
  platform.sites.grant("tax", "person");
  platform.openEpoch({ ...stream, site: "tax" }, { resource: "person", expected: 0, epoch: 1, instance: "i", nonce });
  const foreign = nextBatch(platform, { upserts: [record("1")] }, { site: "tax" });
  assertProblem(post(foreign, { headers: { "idempotency-key": '"tax/p1/1/1"' } }), 403, "QZ_NOT_ALLOWED");
  const body = { resource: "person", expected: 1, epoch: 2, instance: "i", nonce };
  assertProblem(ask("/v1/exchange/person/streams/tax/p1/epoch", { method: "PUT", body }), 403, "QZ_NOT_ALLOWED");
  assert.equal(ask("/v1/exchange/person/streams/hr/p1/epoch", { method: "PUT", body }).status, 200);
  assert.equal(ask("/v1/sites/hr/grants/person", { method: "DELETE", as: "operator" }).status, 204);
  assertProblem(post(nextBatch(platform, { upserts: [record("1")] }), { headers: { "idempotency-key": '"hr/p1/2/1"' } }), 403, "QZ_NOT_ALLOWED");
});

test("only the operator registers keys, grants and misbehaves", () => {
  const { ask } = service();
  const body = { publicKey: Buffer.alloc(32, 7).toString("base64") };
  assertProblem(ask("/v1/sites/hr/keys/k2", { method: "PUT", body }), 401, "QZ_TOKEN_INVALID");
  assertProblem(ask("/v1/sites/hr/keys/k2", { method: "PUT", body, as: "anyone" }), 401, "QZ_TOKEN_INVALID");
  const wrong = { authorization: "Bearer guessed" };
  assertProblem(ask("/v1/sandbox/faults", { as: "anyone", headers: wrong }), 401, "QZ_TOKEN_INVALID");
  assert.equal(ask("/v1/sites/hr/keys/k2", { method: "PUT", body, as: "operator" }).status, 201);
  assertProblem(ask("/v1/sites/hr/keys/k2", { method: "PUT", body: { publicKey: "AAAA" }, as: "operator" }), 400, "QZ_REQUEST_INVALID");
});

test("a decompression bomb is refused before it grows", () => {
  const { post } = service({ limits: { maxBatchBytes: 1_000_000 } });
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  const body = assertProblem(post(bomb, { headers: { "content-encoding": "gzip" } }), 413, "QZ_BATCH_TOO_LARGE");
  assert.equal(body.maxBatchBytes, 1_000_000);
});

test("an unknown encoding is told with those that are taken, a broken one is refused", () => {
  const { post } = service();
  const response = post(Buffer.from("x"), { headers: { "content-encoding": "br" } });
  assertProblem(response, 415, "QZ_REQUEST_INVALID");
  assert.match(response.headers["accept-encoding"]!, /gzip, identity$/);
  assertProblem(post(Buffer.from("x"), { headers: { "content-encoding": "gzip" } }), 422, "QZ_BATCH_REFUSED");
});

test("a chain conflict carries the position, an unknown path and method are told apart", () => {
  const { platform, ask, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  send(platform, { upserts: [record("2")] });
  const conflict = assertProblem(post(bytes, { headers: { "idempotency-key": '"hr/p1/1/1"' } }), 409, "QZ_CHAIN_CONFLICT");
  assert.deepEqual(conflict.position, platform.position(stream));
  assertProblem(ask("/v1/nowhere"), 404, "QZ_REQUEST_INVALID");
  const wrong = ask("/v1/catalog", { method: "DELETE" });
  assertProblem(wrong, 405, "QZ_REQUEST_INVALID");
  assert.equal(wrong.headers["allow"], "GET");
  assertProblem(ask("/v1/exchange/person/streams/hr/nothing"), 404, "QZ_STREAM_UNKNOWN");
});

test("a repeated Idempotency-Key must be the batch's own", () => {
  const { platform, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assertProblem(post(bytes, { headers: { "idempotency-key": '"hr/p1/1/7"' } }), 400, "QZ_REQUEST_INVALID");
});

test("problems are told in Chinese to whom asks for it", () => {
  const { ask } = service();
  assert.match(assertProblem(ask("/v1/catalog/nothing", { headers: { "accept-language": "zh-CN" } }), 404, "QZ_RESOURCE_UNKNOWN").title, /目录中没有资源/);
});

test("the catalog publishes, answers tags, and keeps versions", () => {
  const { ask } = service();
  const path = (version: string) => `/v1/catalog/person/versions/${version}`;
  const put = (version: string, change: object = {}, more: Ask = {}) =>
    ask(path(version), { method: "PUT", body: { ...person, version, ...change }, as: "operator", ...more });
  assert.equal(put("1.0.0").status, 200);
  assertProblem(put("1.0.0", { name: "别的" }), 409, "QZ_CATALOG_CONFLICT");
  const etag = ask("/v1/catalog/person").headers["etag"]!;
  assertProblem(put("1.1.0", {}, { headers: { "if-match": '"other"' } }), 412, "QZ_CATALOG_CONFLICT");
  const created = put("1.1.0", { name: "自然人" }, { headers: { "if-match": etag } });
  assert.equal(created.status, 201, Buffer.from(created.body).toString());
  assertProblem(put("1.0.5"), 409, "QZ_CATALOG_CONFLICT");
  assertProblem(ask(path("2.0.0"), { method: "PUT", body: person, as: "operator" }), 400, "QZ_REQUEST_INVALID");
  const narrower = assertProblem(put("1.2.0", { items: person.items.slice(0, 2) }), 409, "QZ_CATALOG_BREAKING");
  assert.match(narrower.detail!, /income/);
  const invalid = assertProblem(put("1.2.0", { key: ["nothing"] }), 422, "QZ_DESCRIPTOR_INVALID");
  assert.match(invalid.detail!, /no item of this name/);
  assert.deepEqual(read(ask("/v1/catalog/person/versions")), { versions: ["1.0.0", "1.1.0"] });
  assert.equal((read(ask("/v1/catalog/person")) as { name: string }).name, "自然人");
  assert.equal(ask("/v1/catalog/person", { headers: { "if-none-match": created.headers["etag"]! } }).status, 304);
  const list = ask("/v1/catalog");
  assert.equal((read(list) as { resources: { version: string }[] }).resources[0]!.version, "1.1.0");
  assert.equal(ask("/v1/catalog", { headers: { "if-none-match": list.headers["etag"]! } }).status, 304);
  assertProblem(ask("/v1/catalog/person/versions/7.0.0"), 404, "QZ_VERSION_UNKNOWN");
  assertProblem(put("3.0.0", {}, { as: "anyone" }), 401, "QZ_SIGNATURE_INVALID");
  assert.equal(put("3.0.0", {}, { as: "site" }).status, 201);
});

test("the copy is paged in the order of key bytes, as JSON and as lines", () => {
  const { platform, ask } = service();
  const ids = ["b", "中", "a", "\u{1f600}", "ﬀ", "z"];
  send(platform, { upserts: ids.map((id) => record(id)) });
  const ordered = [...ids].sort((x, y) => Buffer.compare(Buffer.from(key(x)), Buffer.from(key(y))));
  const seen: string[] = [];
  let after = "";
  do {
    const page = read(ask(`/v1/exchange/person/records?limit=2${after}`)) as { records: { id: string }[]; next: string | null };
    seen.push(...page.records.map(({ id }) => id));
    after = page.next === null ? "" : `&after=${page.next}`;
  } while (after !== "");
  assert.deepEqual(seen, ordered);
  const lines = ask("/v1/exchange/person/records?limit=5&site=hr", { headers: { accept: "application/x-ndjson" } });
  assert.equal(Buffer.from(lines.body).toString(), ordered.slice(0, 5).map((id) => `${record(id)}\n`).join(""));
  const link = /^<([^>]+)>; rel="next"$/.exec(lines.headers["link"]!)![1]!;
  const rest = ask(`/v1/exchange/person/records${link}`, { headers: { accept: "application/x-ndjson" } });
  assert.equal(Buffer.from(rest.body).toString(), `${record(ordered[5]!)}\n`);
  assert.equal(rest.headers["link"], undefined);
  assertProblem(ask("/v1/exchange/person/records?after=guess"), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask("/v1/exchange/person/records?limit=0"), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask("/v1/exchange/person/records?wrong=1"), 400, "QZ_REQUEST_INVALID");
  const empty = read(ask("/v1/exchange/person/records?site=tax")) as { records: unknown[] };
  assert.deepEqual(empty.records, []);
});

test("digests are answered whole and by bucket, and a bucket's keys with their hashes", () => {
  const { platform, ask } = service();
  send(platform, { upserts: [record("1")] });
  const path = "/v1/exchange/person/streams/hr/p1";
  const report = read(ask(`${path}/digest?bits=4`)) as { count: number; buckets: { count: number }[] };
  assert.equal(report.count, 1);
  const bucket = report.buckets.findIndex(({ count }) => count === 1);
  const hash = createHash("sha256").update(key("1") + record("1")).digest("hex");
  assert.deepEqual(read(ask(`${path}/buckets/${bucket}?bits=4`)), { keys: [{ key: { id: "1" }, hash }] });
  assertProblem(ask(`${path}/buckets/16?bits=4`), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask(`${path}/buckets/x`), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask(`${path}/digest?bits=17`), 400, "QZ_REQUEST_INVALID");
  assert.deepEqual((read(ask("/v1/exchange/person/streams")) as { streams: unknown[] }).streams.length, 1);
});

test("closed for reading, the copy is for the operator and the site's own part for the site", () => {
  const { ask } = service({}, { openReads: false });
  for (const path of ["/v1/exchange/person/digest", "/v1/exchange/person/streams/hr/p1", "/v1/exchange/person/records"]) {
    assertProblem(ask(path, { as: "anyone" }), 401, "QZ_SIGNATURE_INVALID");
    assert.equal(ask(path, { as: "operator" }).status, 200);
  }
  assertProblem(ask("/v1/exchange/person/records"), 403, "QZ_NOT_ALLOWED");
  assert.equal(ask("/v1/exchange/person/records?site=hr").status, 200);
  assertProblem(ask("/v1/sites/tax/receipts"), 403, "QZ_NOT_ALLOWED");
  assert.equal(ask("/v1/catalog", { as: "anyone" }).status, 200);
});

test("faults are counted down: rejected, cut before, cut after", () => {
  const { platform, ask, post } = service();
  const faults = { rejectNext: { count: 2, status: 429, retryAfterSeconds: 7 }, dropBefore: 1, dropAfter: 1, slowMs: 5 };
  assert.equal(ask("/v1/sandbox/faults", { method: "PUT", body: faults, as: "operator" }).status, 200);
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assert.equal(post(bytes).dropped, true);
  const busy = post(bytes);
  assertProblem(busy, 429, "QZ_PLATFORM_BUSY");
  assert.equal(busy.headers["retry-after"], "7");
  assert.equal(post(bytes).status, 429);
  assert.equal(platform.position(stream)!.sequence, 0);
  assert.equal(post(bytes).dropped, true);
  assert.equal(platform.position(stream)!.sequence, 1);
  const answer = post(bytes, { headers: { "idempotency-key": '"hr/p1/1/1"' } });
  assert.deepEqual([answer.status, answer.delayMs], [200, 5]);
  assert.equal(ask("/v1/sandbox/faults", { method: "PUT", body: { nonsense: 1 }, as: "operator" }).status, 400);
});

