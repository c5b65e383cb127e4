import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { key, nextBatch, record, send, stream } from "./bed.ts";
import { assertProblem, read, service } from "./service.ts";

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
  const repeat = post(zlib.gzipSync(first), {
    headers: { "content-encoding": "gzip", "idempotency-key": '"hr/p1/1/1"' },
  });
  assert.deepEqual(read(repeat), read(answer));
  const second = nextBatch(platform, { deletes: [key("1")] });
  assert.equal(
    post(zlib.gzipSync(second), { headers: { "content-encoding": "gzip" } }).status,
    200,
  );
});

const zstd = (zlib as { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array })
  .zstdCompressSync;
const noZstd = zstd === undefined ? "this Node has no zstd" : false;

test("a batch compressed with zstd is taken", { skip: noZstd }, () => {
  const { platform, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  assert.equal(post(zstd!(bytes), { headers: { "content-encoding": "zstd" } }).status, 200);
  const bomb = zstd!(Buffer.alloc(100_000_000));
  assertProblem(post(bomb, { headers: { "content-encoding": "zstd" } }), 413, "QZ_BATCH_TOO_LARGE");
});

test("a decompression bomb is refused before it grows", () => {
  const { post } = service({ limits: { maxBatchBytes: 1_000_000 } });
  const bomb = zlib.gzipSync(Buffer.alloc(200_000_000));
  const body = assertProblem(
    post(bomb, { headers: { "content-encoding": "gzip" } }),
    413,
    "QZ_BATCH_TOO_LARGE",
  );
  assert.equal(body.maxBatchBytes, 1_000_000);
});

test("an unknown encoding is told with those that are taken, a broken one is refused", () => {
  const { post } = service();
  const response = post(Buffer.from("x"), { headers: { "content-encoding": "br" } });
  assertProblem(response, 415, "QZ_REQUEST_INVALID");
  assert.match(response.headers["accept-encoding"]!, /gzip, identity$/);
  assertProblem(
    post(Buffer.from("x"), { headers: { "content-encoding": "gzip" } }),
    422,
    "QZ_BATCH_REFUSED",
  );
});

test("a chain conflict carries the position, an unknown path and method are told apart", () => {
  const { platform, ask, post } = service();
  const bytes = nextBatch(platform, { upserts: [record("1")] });
  send(platform, { upserts: [record("2")] });
  const conflict = assertProblem(
    post(bytes, { headers: { "idempotency-key": '"hr/p1/1/1"' } }),
    409,
    "QZ_CHAIN_CONFLICT",
  );
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
  assertProblem(
    post(bytes, { headers: { "idempotency-key": '"hr/p1/1/7"' } }),
    400,
    "QZ_REQUEST_INVALID",
  );
});

test("problems are told in Chinese to whom asks for it", () => {
  const { ask } = service();
  assert.match(
    assertProblem(
      ask("/v1/catalog/nothing", { headers: { "accept-language": "zh-CN" } }),
      404,
      "QZ_RESOURCE_UNKNOWN",
    ).title,
    /目录中没有资源/,
  );
});

test("the copy is paged in the order of key bytes, as JSON and as lines", () => {
  const { platform, ask } = service();
  const ids = ["b", "中", "a", "\u{1f600}", "ﬀ", "z"];
  send(platform, { upserts: ids.map((id) => record(id)) });
  const ordered = [...ids].sort((x, y) => Buffer.compare(Buffer.from(key(x)), Buffer.from(key(y))));
  const seen: string[] = [];
  let after = "";
  do {
    const page = read(ask(`/v1/exchange/person/records?limit=2${after}`)) as {
      records: { id: string }[];
      next: string | null;
    };
    seen.push(...page.records.map(({ id }) => id));
    after = page.next === null ? "" : `&after=${page.next}`;
  } while (after !== "");
  assert.deepEqual(seen, ordered);
  const lines = ask("/v1/exchange/person/records?limit=5&site=hr", {
    headers: { accept: "application/x-ndjson" },
  });
  assert.equal(
    Buffer.from(lines.body).toString(),
    ordered
      .slice(0, 5)
      .map((id) => `${record(id)}\n`)
      .join(""),
  );
  const link = /^<([^>]+)>; rel="next"$/.exec(lines.headers["link"]!)![1]!;
  const rest = ask(`/v1/exchange/person/records${link}`, {
    headers: { accept: "application/x-ndjson" },
  });
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
  const report = read(ask(`${path}/digest?bits=4`)) as {
    count: number;
    buckets: { count: number }[];
  };
  assert.equal(report.count, 1);
  const bucket = report.buckets.findIndex(({ count }) => count === 1);
  const hash = createHash("sha256")
    .update(key("1") + record("1"))
    .digest("hex");
  assert.deepEqual(read(ask(`${path}/buckets/${bucket}?bits=4`)), {
    epoch: 1,
    sequence: 1,
    keys: [{ key: { id: "1" }, hash }],
    next: null,
  });
  assertProblem(ask(`${path}/buckets/16?bits=4`), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask(`${path}/buckets/x`), 400, "QZ_REQUEST_INVALID");
  assertProblem(ask(`${path}/digest?bits=17`), 400, "QZ_REQUEST_INVALID");
  assert.deepEqual(
    (read(ask("/v1/exchange/person/streams")) as { streams: unknown[] }).streams.length,
    1,
  );
});

test("faults are counted down: rejected, cut before, cut after", () => {
  const { platform, ask, post } = service();
  const faults = {
    rejectNext: { count: 2, status: 429, retryAfterSeconds: 7 },
    dropBefore: 1,
    dropAfter: 1,
    slowMs: 5,
  };
  assert.equal(
    ask("/v1/sandbox/faults", { method: "PUT", body: faults, as: "operator" }).status,
    200,
  );
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
  assert.equal(
    ask("/v1/sandbox/faults", { method: "PUT", body: { nonsense: 1 }, as: "operator" }).status,
    400,
  );
});
