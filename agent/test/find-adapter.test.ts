import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { create } from "tar";
import { QianzhiError } from "@qianzhi/sdk";
import { findAdapter } from "../src/adapters/find-adapter.ts";

let directory: string;
const adapterText = (kind: string, contract = 1): string =>
  `export const it = { contract: ${contract}, kind: ${JSON.stringify(kind)}, optionsSchema: {}, open() {} };\nexport default it;\n`;
const find = (kind: string): Promise<{ kind: string }> =>
  findAdapter(kind, { from: directory, cache: join(directory, "data/adapters") });

async function writePackage(folder: string, description: object, text: string): Promise<void> {
  await mkdir(join(directory, folder), { recursive: true });
  await writeFile(
    join(directory, folder, "package.json"),
    JSON.stringify({ type: "module", ...description }),
  );
  await writeFile(join(directory, folder, "main.js"), text);
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "qianzhi-adapters-"));
  await writePackage(
    "node_modules/@qianzhi/adapter-short",
    { exports: { ".": { types: "./x.d.ts", import: "./main.js" } } },
    adapterText("short"),
  );
  await writePackage(
    "node_modules/vendor-thing",
    { exports: "./main.js" },
    adapterText("vendor-thing"),
  );
  await writePackage("folder", { main: "main.js" }, adapterText("folder"));
  await writePackage("later", { main: "main.js" }, adapterText("later", 99));
  await writePackage("none", { main: "main.js" }, "export const x = 1;");
  await writePackage("broken", { main: "main.js" }, "import 'a-driver-that-is-not-there';");
  await writePackage(
    "package",
    { main: "main.js" },
    `import { defineAdapter } from "@qianzhi/sdk";
    export default defineAdapter({ kind: "packed", optionsSchema: {}, open() {} });`,
  );
});
after(() => rm(directory, { recursive: true, force: true }));

test("a short name is a package of ours beside the configuration, even one that can only be imported", async () => {
  assert.equal((await find("short")).kind, "short");
});

test("any installed package, a folder and a file can be named", async () => {
  assert.equal((await find("vendor-thing")).kind, "vendor-thing");
  assert.equal((await find("./folder")).kind, "folder");
  assert.equal((await find("./folder/main.js")).kind, "folder");
});

test("the agent's own installation is searched after the configuration's directory", async () => {
  assert.equal((await find("sqlite")).kind, "sqlite");
});

test("an archive is unpacked once and uses the agent's own sdk", async () => {
  await create({ file: join(directory, "a.tgz"), cwd: directory, gzip: true }, ["package"]);
  assert.equal((await find("./a.tgz")).kind, "packed");
  assert.equal((await find("./a.tgz")).kind, "packed");
  const folders = (await readdir(join(directory, "data/adapters"))).filter(
    (name) => name !== "node_modules",
  );
  assert.equal(folders.length, 1);
});

test("an archive with links or with paths that lead out is refused and leaves nothing", async () => {
  await mkdir(join(directory, "evil"));
  await symlink("/etc", join(directory, "evil/link"));
  await create({ file: join(directory, "link.tgz"), cwd: directory, gzip: true }, ["evil"]);
  await assert.rejects(find("./link.tgz"), { code: "QZ_ADAPTER_INVALID" });
  await writePackage("linked", { main: "main.js" }, adapterText("linked"));
  await symlink("main.js", join(directory, "linked/again.js"));
  await create({ file: join(directory, "linked.tgz"), cwd: directory, gzip: true }, ["linked"]);
  await assert.rejects(find("./linked.tgz"), { code: "QZ_ADAPTER_INVALID" });
  await mkdir(join(directory, "deep/er"), { recursive: true });
  await create(
    {
      file: join(directory, "out.tgz"),
      cwd: join(directory, "deep/er"),
      gzip: true,
      preservePaths: true,
    },
    ["../../none/main.js"],
  );
  await assert.rejects(find("./out.tgz"), { code: "QZ_ADAPTER_INVALID" });
  await writeFile(join(directory, "text.tgz"), "not an archive");
  await assert.rejects(find("./text.tgz"), { code: "QZ_ADAPTER_INVALID" });
  const folders = (await readdir(join(directory, "data/adapters"))).filter(
    (name) => name !== "node_modules",
  );
  assert.equal(folders.length, 1);
});

for (const [what, kind, code] of [
  ["a package that is not installed", "oracel", "QZ_ADAPTER_NOT_FOUND"],
  ["a path that is not there", "./nowhere", "QZ_ADAPTER_NOT_FOUND"],
  ["an adapter of another contract", "./later", "QZ_ADAPTER_CONTRACT"],
  ["a module that exports no adapter", "./none", "QZ_ADAPTER_INVALID"],
  ["a module that cannot be loaded", "./broken", "QZ_ADAPTER_INVALID"],
] as const)
  test(`${what} is ${code}`, () => assert.rejects(find(kind), { code }));

test("one that is not there is answered with all that are shipped", async () => {
  const shipped = await readdir(new URL("../../../adapters/", import.meta.url));
  await assert.rejects(find("oracel"), (error) => {
    assert.ok(QianzhiError.is(error));
    assert.deepEqual([...(error.details["known"] as string[])].sort(), shipped.sort());
    return true;
  });
});
