import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "./bed.ts";
import { assertProblem, read, service, type Ask } from "./service.ts";

test("the catalog publishes, answers tags, and keeps versions", () => {
  const { ask } = service();
  const path = (version: string) => `/v1/catalog/person/versions/${version}`;
  const put = (version: string, change: object = {}, more: Ask = {}) =>
    ask(path(version), {
      method: "PUT",
      body: { ...person, version, ...change },
      as: "operator",
      ...more,
    });
  assert.equal(put("1.0.0").status, 200);
  assertProblem(put("1.0.0", { name: "别的" }), 409, "QZ_CATALOG_CONFLICT");
  const etag = ask("/v1/catalog/person").headers["etag"]!;
  assertProblem(
    put("1.1.0", {}, { headers: { "if-match": '"other"' } }),
    412,
    "QZ_CATALOG_CONFLICT",
  );
  const created = put("1.1.0", { name: "自然人" }, { headers: { "if-match": etag } });
  assert.equal(created.status, 201, Buffer.from(created.body).toString());
  assertProblem(put("1.0.5"), 409, "QZ_CATALOG_CONFLICT");
  assertProblem(
    ask(path("2.0.0"), { method: "PUT", body: person, as: "operator" }),
    400,
    "QZ_REQUEST_INVALID",
  );
  const narrower = assertProblem(
    put("1.2.0", { items: person.items.slice(0, 2) }),
    409,
    "QZ_CATALOG_BREAKING",
  );
  assert.match(narrower.detail!, /income/);
  const invalid = assertProblem(put("1.2.0", { key: ["nothing"] }), 422, "QZ_DESCRIPTOR_INVALID");
  assert.match(invalid.detail!, /no item of this name/);
  assert.deepEqual(read(ask("/v1/catalog/person/versions")), { versions: ["1.0.0", "1.1.0"] });
  assert.equal((read(ask("/v1/catalog/person")) as { name: string }).name, "自然人");
  assert.equal(
    ask("/v1/catalog/person", { headers: { "if-none-match": created.headers["etag"]! } }).status,
    304,
  );
  const list = ask("/v1/catalog");
  assert.equal((read(list) as { resources: { version: string }[] }).resources[0]!.version, "1.1.0");
  assert.equal(
    ask("/v1/catalog", { headers: { "if-none-match": list.headers["etag"]! } }).status,
    304,
  );
  assertProblem(ask("/v1/catalog/person/versions/7.0.0"), 404, "QZ_VERSION_UNKNOWN");
  assertProblem(put("3.0.0", {}, { as: "anyone" }), 401, "QZ_SIGNATURE_INVALID");
  assert.equal(put("3.0.0", {}, { as: "site" }).status, 201);
});
