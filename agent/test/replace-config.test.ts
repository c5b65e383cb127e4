import assert from "node:assert/strict";
import { test } from "node:test";
import { load, person, problemsOf, site } from "./site-fixture.ts";

test("records without a key are replaced as a whole, and a query then needs no key either", async () => {
  const keyless = person.replace("key: [resident_id]", "key: []");
  const query = site
    .replace("table: hr.person", "query: SELECT 1")
    .replace("    key: [id]\n", "")
    .replace("cursor: updated_at", "mode: replace");
  const files = { "resources/person.yaml": keyless };
  const { pipelines } = await load({ site: query, files });
  assert.deepEqual(
    pipelines.map(({ mode, key, resource }) => [mode, key, resource.key]),
    [["replace", [], []]],
  );
  const [problem] = await problemsOf({ files });
  assert.match(problem?.message ?? "", /has no key, so its records can only be replaced/);
});
