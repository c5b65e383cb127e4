import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, test } from "node:test";
import { root } from "../architecture/workspace.ts";

/** What stands for our packages: what they share, what is loaded late, and text that is not ASCII. */
const files = {
  "@qianzhi/sdk/dist/src/index.js": `export { Shared } from "./shared.js";`,
  "@qianzhi/sdk/dist/src/shared.js": `import "library"; export class Shared {}`,
  "@qianzhi/agent/dist/src/index.js": `export { Shared } from "@qianzhi/sdk";`,
  "@qianzhi/agent/dist/src/cli/main.js": `import { createServer } from "node:http"; import { Shared } from "@qianzhi/sdk";
    export const main = async (adapter) => {
      const undici = process.moduleLoadList.some((name) => name.includes("undici"));
      const { Theirs } = await import(adapter);
      return [typeof createServer, undici, Theirs === Shared, Shared.name, "前置".replace(/[前]/u, "后"), \`😀\`];
    };`,
  "library/index.js": `const { join } = require("path"); exports.join = join;`,
  "theirs/index.js": `export { Shared as Theirs } from "@qianzhi/sdk";`,
};

describe("the joined modules of a bundle", () => {
  let modules: string;

  before(async () => {
    modules = join(await mkdtemp(join(tmpdir(), "qianzhi-joined-")), "node_modules");
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(modules, file)), { recursive: true });
      writeFileSync(join(modules, file), text);
    }
    for (const name of ["@qianzhi/sdk", "@qianzhi/agent", "theirs"])
      writeFileSync(
        join(modules, name, "package.json"),
        JSON.stringify({
          type: "module",
          exports: name.startsWith("@") ? "./dist/src/index.js" : "./index.js",
        }),
      );
    const script = pathToFileURL(join(root, "scripts/bundle/join-modules.mjs")).href;
    const { joinModules } = (await import(script)) as {
      joinModules: (modules: string) => Promise<void>;
    };
    await joinModules(modules);
  });
  after(() => rm(dirname(modules), { recursive: true }));

  test("are few, keep names and text, and load no HTTP client of Node's own", () => {
    assert.ok(!existsSync(join(modules, "@qianzhi/sdk/dist/src/shared.js")));
    const of = (file: string): string => JSON.stringify(pathToFileURL(join(modules, file)).href);
    const words = `const { main } = await import(${of("@qianzhi/agent/dist/src/cli/main.js")});
      console.log(JSON.stringify(await main(${of("theirs/index.js")})));`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", words]);
    assert.deepEqual(JSON.parse(String(out)), ["function", false, true, "Shared", "后置", "😀"]);
  });
});
