import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { load, person, privateKey } from "./site-fixture.ts";

/** From dist/test. */
const root = new URL("../../../", import.meta.url);

test("the pages and the schema for editors are what the schema prints", async () => {
  const script = fileURLToPath(new URL("scripts/print-configuration-pages.mjs", root));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

for (const page of [
  "README.md",
  "README.zh-CN.md",
  "docs/configuration.md",
  "docs/zh-CN/configuration.md",
])
  test(`the example of ${page} loads`, async () => {
    const text = await readFile(new URL(page, root), "utf8");
    const example = /```yaml\n([\s\S]*?)```/
      .exec(text)?.[1]
      ?.replace("kind: mysql", "kind: fake")
      .replace("database: hr, ", "");
    const { pipelines } = await load({
      ...(example === undefined ? {} : { site: example }),
      files: {
        "secrets/site-key.pem": privateKey,
        "resources/person.yaml": person,
      },
    });
    assert.deepEqual(
      pipelines.map(({ name }) => name),
      ["persons"],
    );
  });
