import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root, workspacePackages } from "../architecture/workspace.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { runProgram } from "../runtime/run-program.ts";

/** The oldest Node that must work, and the one that the offline bundle ships. */
const nodeVersions = ["20.19", "24"];

const published = workspacePackages().filter(({ manifest }) => manifest.private !== true);
const names = published.map(({ manifest }) => manifest.name);
const folder = mkdtempSync(join(tmpdir(), "qianzhi-packed-"));

/** A program that loads each package and prints how many names it has, as one JSON object. */
const byImport = `
const counts = {};
for (const name of ${JSON.stringify(names)}) counts[name] = Object.keys(await import(name)).length;
console.log(JSON.stringify(counts));`;
const byRequire = `
const counts = {};
for (const name of ${JSON.stringify(names)}) counts[name] = Object.keys(require(name)).filter((key) => key !== "__esModule").length;
console.log(JSON.stringify(counts));`;

/** Types that did not resolve would be \`any\`, which this tells apart. */
const consumer = `
${names.map((name, index) => `import * as p${index} from "${name}";`).join("\n")}
type Known<T> = 0 extends 1 & T ? "any" : "known";
export const resolved: readonly "known"[] = [${names.map((_, index) => `known<typeof p${index}>()`).join(", ")}];
function known<T>(): Known<T> { return "known" as Known<T>; }
export const code: p${names.indexOf("@qianzhi/sdk")}.ErrorCode = "QZ_USAGE";
// @ts-expect-error: the error codes are a closed set
export const noCode: p${names.indexOf("@qianzhi/sdk")}.ErrorCode = "QZ_NOT_A_CODE";`;

describe("the packed packages, installed together into an empty folder", () => {
  before(async () => {
    mkdirSync(`${folder}/archives`);
    const places = published.map((each) => `./${each.folder}`);
    const packed = await runProgram(
      "npm",
      ["pack", "--pack-destination", `${folder}/archives`, "--ignore-scripts", ...places],
      { cwd: root },
    );
    assert.equal(packed.code, 0, packed.output);
    writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true }));
    const archives = readdirSync(`${folder}/archives`).map((name) => `./archives/${name}`);
    const options = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    const { code, output } = await runProgram("npm", ["install", ...options, ...archives], {
      cwd: folder,
    });
    assert.equal(code, 0, output);
    writeFileSync(`${folder}/import.mjs`, byImport);
    writeFileSync(`${folder}/require.cjs`, byRequire);
    writeFileSync(`${folder}/consumer.mts`, consumer);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const version of nodeVersions) {
    test(`load by import and by require on Node ${version}, with the same names`, async (t) => {
      const runtime = await nodeRuntime(version, `${root}/.cache`);
      if ("missing" in runtime) return t.skip(runtime.missing);
      const load = async (file: string): Promise<Record<string, number>> => {
        const environment = { NODE_NO_WARNINGS: "1" };
        const { code, output } = await runProgram(runtime.program, [file], {
          cwd: folder,
          environment,
        });
        assert.equal(code, 0, output);
        return JSON.parse(output) as Record<string, number>;
      };
      const imported = await load("import.mjs");
      assert.deepEqual(await load("require.cjs"), imported);
      const empty = Object.entries(imported).filter(([, count]) => count === 0);
      assert.deepEqual(empty, []);
    });

    test(`start the command line on Node ${version}`, async (t) => {
      const runtime = await nodeRuntime(version, `${root}/.cache`);
      if ("missing" in runtime) return t.skip(runtime.missing);
      const program = `${folder}/node_modules/@qianzhi/agent/bin/qianzhi.js`;
      const { code, output } = await runProgram(runtime.program, [program, "--help"], {
        cwd: folder,
      });
      assert.equal(code, 0, output);
      assert.match(output, /qianzhi/);
      assert.doesNotMatch(output, /Warning/);
    });
  }

  test("give a TypeScript program their types", async () => {
    const types = ["--typeRoots", `${root}/test/node_modules/@types`, "--types", "node"];
    const args = [
      "--noEmit",
      "--strict",
      "--target",
      "es2023",
      "--module",
      "nodenext",
      ...types,
      "consumer.mts",
    ];
    const compiler = `${root}/node_modules/typescript/bin/tsc`;
    const { code, output } = await runProgram(process.execPath, [compiler, ...args], {
      cwd: folder,
    });
    assert.equal(code, 0, output);
  });

  test("carry no tests, no sources and no maps", () => {
    const strangers = names.flatMap((name) =>
      readdirSync(`${folder}/node_modules/${name}`, { recursive: true, encoding: "utf8" })
        .filter(
          (file) =>
            /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$|[/\\]test[/\\]/.test(file) &&
            !file.includes("node_modules"),
        )
        .map((file) => `${name}/${file}`),
    );
    assert.deepEqual(strangers, []);
  });
});
