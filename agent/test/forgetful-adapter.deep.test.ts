import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { commandProcess } from "./command-process.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));

/** Ends none of its calls, and keeps the process alive. */
const forgetful = `
setInterval(() => {}, 1_000);
const never = () => new Promise(() => {});
export default {
  contract: 1,
  kind: "forgetful",
  optionsSchema: { type: "object" },
  open: async () => ({
    probe: async () => ({ product: "P", version: "1", now: "2026-12-01 10:00:00", offset: "+08:00" }),
    describe: () => (console.log("asked"), never()),
    scan: never,
    close: never,
  }),
};
`;

test("an agent ends when it is told to, whatever a vendor's adapter still does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-forgetful-"));
  try {
    await using commands = commandProcess();
    const made = await commands.run(["init", "site"], { cwd: folder });
    assert.equal(made.code, 0, made.error);
    const cwd = join(folder, "site");
    await writeFile(join(cwd, "forgetful.mjs"), forgetful);
    const config = await readFile(join(cwd, "qianzhi.yaml"), "utf8");
    await writeFile(
      join(cwd, "qianzhi.yaml"),
      config.replace("kind: sqlite", "kind: ./forgetful.mjs").replace(/^page:.*\n( .*\n)*/m, ""),
    );
    const agent = spawn(process.execPath, [program, "run", "--log-file", "log"], { cwd });
    const ended = once(agent, "exit") as Promise<[number | null, string | null]>;
    await once(
      agent.stdout.setEncoding("utf8").filter((text) => text.includes("asked")),
      "data",
    );
    agent.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
    assert.match(await readFile(join(cwd, "log"), "utf8"), /does not end a cancelled call/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
