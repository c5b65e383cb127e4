import assert from "node:assert/strict";
import { test } from "node:test";
import { withPage } from "../src/page/with-page.ts";
import { createHandler, startSandbox, type Platform } from "../src/index.ts";
import { key, openPlatform, person, record, send, stream } from "./bed.ts";

const TOKEN = "the-token";

/** What the platform answers at a path, and the page's words without markup. */
function pageOf(platform: Platform) {
  const handle = withPage(platform, createHandler(platform, { enrolmentToken: TOKEN }));
  const ask = (target: string, more: { method?: string; body?: object; token?: string } = {}) =>
    handle({
      method: more.method ?? "GET",
      target,
      headers: {
        ...(more.token === undefined ? {} : { authorization: `Bearer ${more.token}` }),
        ...(more.body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: Buffer.from(more.body === undefined ? "" : JSON.stringify(more.body)),
    });
  const html = (target = "/"): string => Buffer.from(ask(target).body).toString("utf8");
  const words = (target = "/"): string =>
    html(target)
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ");
  return { ask, html, words };
}

test("the page shows the catalog, the copies and the batches as they arrive, and nothing of a record", () => {
  const platform = openPlatform();
  const { ask, html, words } = pageOf(platform);
  assert.match(words(), /None has arrived yet/);
  send(platform, { upserts: [record("500101199001010018", "欧阳秀英"), record("b")] });
  platform.behaviour.set({ refuseKeys: [key("c")] });
  const { digest } = send(platform, { upserts: [record("c"), record("d")] });
  const { count, sum } = platform.digest(stream);
  const english = words();
  assert.match(
    english,
    new RegExp(`person not yet 3 ${count}:${sum.slice(0, 16)} 1\\.2 - hr / p1`),
  );
  assert.match(
    english,
    new RegExp(`08:00:00 person 1 1 1\\.2 ${digest.slice(0, 16)} hr / p1 .* person 2 0 1\\.1 `),
  );
  assert.match(english, /自然人基本信息 person 1\.0\.0 307001001\/000017 重庆市公安局/);
  const chinese = html("/?lang=zh");
  assert.match(chinese, /<html lang="zh-CN">/);
  for (const page of [html(), chinese])
    assert.doesNotMatch(page, /500101199001010018|欧阳秀英|https?:\/\//);
  const all = [chinese, html("/page.css"), html("/page.js")].join("");
  assert.ok(Buffer.byteLength(all) < 200_000);
  const { headers } = ask("/");
  assert.match(headers["content-security-policy"] ?? "", /default-src 'none'/);
});

test("the page says equal or not by what a site that compared has asked for", () => {
  const platform = openPlatform();
  const { words } = pageOf(platform);
  platform.digest(stream, 2);
  assert.match(words(), /1 of 1 copies have not been compared.* person the copy was empty /);
  send(platform, { upserts: [record("a"), record("b")] });
  platform.digest(stream, 2);
  assert.match(words(), /Every copy was equal.* person equal 2 /);
  send(platform, { upserts: [record("c")] });
  assert.match(words(), /Every copy was equal.* person equal as of batch 1\.1 3 /);
  platform.digest(stream, 2);
  for (const bucket of [1, 1, 3]) platform.bucketKeys(stream, { bits: 2, bucket, limit: 10 });
  platform.bucketKeys(stream, { bits: 4, bucket: 9, limit: 10 });
  assert.match(words(), /1 of 1 copies differed.* person 2 of 4 buckets differed 3 /);
  assert.match(words("/?lang=zh"), /4 个分桶中 2 个不一致/);
  platform.digest(stream);
  assert.match(words(), /1 of 1 copies differed/, "who only asks for the whole compares nothing");
});

test("the page shows how other copies of a source differ from it, when the operator tells", () => {
  const platform = openPlatform();
  const { ask, words } = pageOf(platform);
  assert.doesNotMatch(words(), /read in other ways/);
  const poller = { en: "newer than last", zh: "上次之后" };
  const body = {
    resource: person.identifier,
    rows: 40,
    copies: [{ name: poller, missing: 7, outdated: 5, surplus: 3, named: 0 }],
  };
  const tell = (token: string, told: object): number =>
    ask("/v1/sandbox/contrast", { method: "PUT", body: told, token }).status;
  assert.equal(tell("another", body), 401);
  assert.equal(tell(TOKEN, { ...body, rows: "many" }), 400);
  assert.equal(tell(TOKEN, body), 204);
  assert.match(words(), /person: 40 rows in the source .* newer than last 7 5 3 0 /);
  assert.match(words("/?lang=zh"), /上次之后 7 5 3 0 /);
});

test("the page is there only where anybody may read", async () => {
  await using open = await startSandbox({ port: 0 });
  assert.equal((await fetch(open.url)).headers.get("content-type"), "text/html; charset=utf-8");
  await using closed = await startSandbox({ port: 0, openReads: false });
  for (const path of ["/", "/page.css", "/page.js"])
    assert.equal((await fetch(`${closed.url}${path}`)).status, 404, path);
});
