import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { openForTest, python, reader } from "./harness.ts";

const PATIENCE_MS = 30_000;

test(
  "an agent that is killed leaves no program behind",
  { skip: python === undefined ? "there is no Python 3.8 with sqlite3 on this machine" : false },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "qianzhi-python-"));
    const path = join(directory, "legacy.db");
    openForTest(path).close();
    // The program says its number to standard error, which the adapter takes to the log; dotted, since long numbers are hidden.
    const program = `import os, sys, runpy; print("pid", ".".join(str(os.getpid())), file=sys.stderr, flush=True); runpy.run_path(${JSON.stringify(reader)}, run_name="__main__")`;
    const options = { command: python, args: ["-c", program], options: { path } };
    const { resolve } = createRequire(import.meta.url);
    const adapter = pathToFileURL(resolve("@qianzhi/adapter-process")).href;
    const testkit = pathToFileURL(resolve("@qianzhi/adapter-testkit")).href;
    const script = `
      const { default: program } = await import(${JSON.stringify(adapter)});
      const { testHost } = await import(${JSON.stringify(testkit)});
      const onLog = (event, fields) => console.log(fields.text);
      const source = await program.open(${JSON.stringify(options)}, testHost({ onLog }));
      await source.probe(new AbortController().signal);
      setInterval(() => undefined, 1e6);`;
    const agent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [said] = (await once(agent.stdout, "data")) as [Buffer];
      const pid = Number(/pid ([\d.]+)/.exec(said.toString())?.[1]?.replaceAll(".", ""));
      assert.ok(isRunning(pid), `the program ${pid} runs`);
      agent.kill("SIGKILL");
      const end = performance.now() + PATIENCE_MS;
      while (isRunning(pid) && performance.now() < end) await sleep(20);
      assert.ok(!isRunning(pid), "the program has noticed the end of its input");
    } finally {
      agent.kill("SIGKILL");
      rmSync(directory, { recursive: true });
    }
  },
);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
