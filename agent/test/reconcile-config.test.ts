import assert from "node:assert/strict";
import { test } from "node:test";
import { load, problemsOf, site } from "./site-fixture.ts";

const withReconcile = (value: string): string =>
  site.replace("cursor: updated_at", `cursor: updated_at\n    reconcile: ${value}`);

test("a pipeline is reconciled weekly unless it says when, or never", async () => {
  const ofPipeline = async (text: string): Promise<string | undefined> =>
    (await load({ site: text })).pipelines[0]?.reconcile;
  assert.equal(await ofPipeline(site), "0 30 2 * * 0");
  assert.equal(await ofPipeline(withReconcile('"0 4 * * *"')), "0 0 4 * * *");
  assert.equal(await ofPipeline(withReconcile("never")), undefined);
  const [problem] = await problemsOf({ site: withReconcile('"0 0 25 * * *"') });
  assert.match(problem?.message ?? "", /hour/);
});
