import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../architecture/workspace.ts";
import { runProgram } from "../runtime/run-program.ts";

describe("the service of the bundle", () => {
  test("is one that systemd finds nothing wrong with, and exposed to little", async (context) => {
    const found = await runProgram("systemd-analyze", ["--version"], { cwd: root });
    if (found.code !== 0) return context.skip("this machine has no systemd-analyze");
    const folder = await mkdtemp(join(tmpdir(), "qianzhi-unit-"));
    try {
      const text = await readFile(join(root, "agent/install/linux/qianzhi.service"), "utf8");
      const unit = join(folder, "qianzhi.service");
      const filled = text
        .replaceAll("@USER@", "root")
        .replaceAll("@SITE@", "/var/lib")
        .replace("@PREFIX@/current/bin/qianzhi", "/bin/true");
      await writeFile(unit, filled);
      const verified = await runProgram("systemd-analyze", ["verify", unit], { cwd: folder });
      assert.deepEqual(verified, { code: 0, output: "" });
      const { output } = await runProgram(
        "systemd-analyze",
        ["security", "--offline=true", "--threshold=20", unit],
        { cwd: folder },
      );
      const score = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(output)?.[1]);
      assert.ok(score <= 2, output.slice(-300));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
