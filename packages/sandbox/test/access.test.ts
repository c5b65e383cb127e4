import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { nextBatch, nonce, record, stream } from "./bed.ts";
import { assertProblem, service } from "./service.ts";

test("a request that was changed on its way is refused", () => {
  const { platform, ask, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assertProblem(
    post(bytes, {
      tamper: (r) => {
        r.body = Buffer.from(r.body).reverse();
      },
    }),
    400,
    "QZ_DIGEST_MISMATCH",
  );
  const redigest = (r: { headers: Record<string, string>; body: Uint8Array }) => {
    r.body = Buffer.from(`${Buffer.from(r.body).toString()}x`);
    r.headers["content-digest"] =
      `sha-256=:${createHash("sha256").update(r.body).digest("base64")}:`;
  };
  assertProblem(post(bytes, { tamper: redigest }), 401, "QZ_SIGNATURE_INVALID");
  assertProblem(
    post(bytes, {
      tamper: (r) => {
        r.target += "?a=1";
      },
    }),
    401,
    "QZ_SIGNATURE_INVALID",
  );
  assertProblem(
    post(bytes, {
      tamper: (r) => {
        r.method = "PUT";
      },
    }),
    405,
    "QZ_REQUEST_INVALID",
  );
  assertProblem(
    post(bytes, {
      tamper: (r) => {
        delete r.headers["signature"];
      },
    }),
    401,
    "QZ_SIGNATURE_INVALID",
  );
  assertProblem(
    post(bytes, {
      tamper: (r) => {
        delete r.headers["content-digest"];
      },
    }),
    401,
    "QZ_SIGNATURE_INVALID",
  );
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
    assert.equal(
      assertProblem(ask(path, { created }), 401, "QZ_CLOCK_SKEW").now,
      "2026-01-01T00:00:00.000Z",
    );
  }
});

test("a nonce is taken once as long as its signature could be valid, and room is made afterwards", () => {
  const { platform, ask } = service({ limits: { maxNonces: 2 } });
  const path = "/v1/exchange/person/streams/hr/p1";
  const ahead = {
    created: Math.floor(platform.world.state.now / 1000) + 300,
    nonce: "n".repeat(16),
  };
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
  platform.openEpoch(
    { ...stream, site: "tax" },
    { resource: "person", expected: 0, epoch: 1, instance: "i", nonce },
  );
  const foreign = nextBatch(platform, { upserts: [record("1")] }, { site: "tax" });
  assertProblem(
    post(foreign, { headers: { "idempotency-key": '"tax/p1/1/1"' } }),
    403,
    "QZ_NOT_ALLOWED",
  );
  const body = { resource: "person", expected: 1, epoch: 2, instance: "i", nonce };
  assertProblem(
    ask("/v1/exchange/person/streams/tax/p1/epoch", { method: "PUT", body }),
    403,
    "QZ_NOT_ALLOWED",
  );
  assert.equal(ask("/v1/exchange/person/streams/hr/p1/epoch", { method: "PUT", body }).status, 200);
  assert.equal(ask("/v1/sites/hr/grants/person", { method: "DELETE", as: "operator" }).status, 204);
  assertProblem(
    post(nextBatch(platform, { upserts: [record("1")] }), {
      headers: { "idempotency-key": '"hr/p1/2/1"' },
    }),
    403,
    "QZ_NOT_ALLOWED",
  );
});

test("only the operator registers keys, grants and misbehaves", () => {
  const { ask } = service();
  const body = { publicKey: Buffer.alloc(32, 7).toString("base64") };
  assertProblem(ask("/v1/sites/hr/keys/k2", { method: "PUT", body }), 401, "QZ_TOKEN_INVALID");
  assertProblem(
    ask("/v1/sites/hr/keys/k2", { method: "PUT", body, as: "anyone" }),
    401,
    "QZ_TOKEN_INVALID",
  );
  const wrong = { authorization: "Bearer guessed" };
  assertProblem(
    ask("/v1/sandbox/faults", { as: "anyone", headers: wrong }),
    401,
    "QZ_TOKEN_INVALID",
  );
  assert.equal(ask("/v1/sites/hr/keys/k2", { method: "PUT", body, as: "operator" }).status, 201);
  assertProblem(
    ask("/v1/sites/hr/keys/k2", { method: "PUT", body: { publicKey: "AAAA" }, as: "operator" }),
    400,
    "QZ_REQUEST_INVALID",
  );
});

test("closed for reading, the copy is for the operator and the site's own part for the site", () => {
  const { ask } = service({}, { openReads: false });
  for (const path of [
    "/v1/exchange/person/digest",
    "/v1/exchange/person/streams/hr/p1",
    "/v1/exchange/person/records",
  ]) {
    assertProblem(ask(path, { as: "anyone" }), 401, "QZ_SIGNATURE_INVALID");
    assert.equal(ask(path, { as: "operator" }).status, 200);
  }
  assertProblem(ask("/v1/exchange/person/records"), 403, "QZ_NOT_ALLOWED");
  assert.equal(ask("/v1/exchange/person/records?site=hr").status, 200);
  assertProblem(ask("/v1/sites/tax/receipts"), 403, "QZ_NOT_ALLOWED");
  assert.equal(ask("/v1/catalog", { as: "anyone" }).status, 200);
});
