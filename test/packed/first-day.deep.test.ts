import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../architecture/workspace.ts";
import { runProgram } from "../runtime/run-program.ts";

const isRoot = process.getuid?.() === 0;
const skip =
  process.platform === "linux" && isRoot
    ? false
    : "an empty network namespace and another account are root's to give, on Linux";
/** An account that owns nothing. */
const NOBODY = 65534;
const MOST_MINUTES = 30;

describe("the first day", { skip }, () => {
  for (const guide of ["docs/first-day.md", "docs/zh-CN/first-day.md"])
    test(`is what ${guide} says, command by command, on a machine without network`, async () => {
      const home = await mkdtemp(join(tmpdir(), "qianzhi-first-day-"));
      try {
        const made = await runProgram(
          process.execPath,
          [
            join(root, "scripts/bundle.mjs"),
            "--platform",
            `linux-${process.arch}`,
            "--adapter",
            "sqlite",
            "--out",
            home,
          ],
          { cwd: root },
        );
        assert.equal(made.code, 0, made.output);
        await mkdir(join(home, "tmp"));
        await runProgram("chown", ["-R", String(NOBODY), home], { cwd: home });
        await chmod(home, 0o755);
        const text = await readFile(join(root, guide), "utf8");
        const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
        assert.ok(blocks.length >= 4);
        const lang = guide.includes("zh-CN") ? "zh_CN.UTF-8" : "C";
        const script = `set -eu\n${blocks.join("\n")}\nkill %1`;
        const user = `exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups -- env -i PATH=/usr/bin:/bin HOME=${home} TMPDIR=${home}/tmp LANG=${lang} bash -c "$1"`;
        const { code, output } = await runProgram(
          "timeout",
          [
            String(MOST_MINUTES * 60),
            "unshare",
            "--net",
            "sh",
            "-c",
            `ip link set lo up; ${user}`,
            "sh",
            script,
          ],
          { cwd: home },
        );
        assert.equal(code, 0, output);
        assert.match(output, lang === "C" ? /they agree/ : /一致/);
        assert.match(output, /natural_person|persons/);
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });
});
