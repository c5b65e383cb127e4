import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const demo = fileURLToPath(new URL("../src/demo.js", import.meta.url));

test("the demo ends by itself, and every row is equal at the platform or named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-demo-"));
  try {
    const { code, story } = await new Promise<{ code: unknown; story: string }>((resolve) => {
      execFile(process.execPath, [demo, join(folder, "site"), "--lang=en"], (failure, out, error) =>
        resolve({ code: failure?.code ?? 0, story: out + error }),
      );
    });
    assert.equal(code, 0, story);
    assert.match(story, /the platform is back; delivered after/);
    assert.equal(story.match(/they agree$/gm)?.length, 3, story);
    const losses = /^ +gxsj > last +(\d+) +(\d+) +(\d+) /m.exec(story)?.slice(1).map(Number) ?? [];
    assert.ok(losses.length === 3 && losses.every((count) => count > 0), story);
    assert.match(story, /^ +Qianzhi +0 +0 +0 +[1-9]/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
