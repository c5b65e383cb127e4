import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process/run-command.mjs";

/** Folders of every package of the workspace, relative to the root. */
export function packageFolders() {
  const parents = ["packages", "adapters", "targets", "examples"].filter((parent) =>
    existsSync(join(root, parent)),
  );
  const folders = parents.flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  return [...folders, "agent", "test"].filter((folder) =>
    existsSync(join(root, folder, "package.json")),
  );
}

/**
 * The compiled test files of the workspace, relative to the root, without those whose source is gone. Long ones are
 * named `*.deep.test.ts` and belong to `npm run test:deep`.
 */
export function testFiles({ deep = false } = {}) {
  return packageFolders().flatMap((folder) =>
    filesBelow(`${folder}/dist`)
      .filter((file) => file.endsWith(".test.js") && file.endsWith(".deep.test.js") === deep)
      .filter((file) => existsSync(join(root, sourceOf(file)))),
  );
}

/** `packages/sdk/dist/test/a.test.js` → `packages/sdk/test/a.test.ts`. */
export function sourceOf(file) {
  return file.replace("/dist/", "/").replace(/\.js$/, ".ts");
}

/**
 * The kinds of database server that a test file uses. Files that use one kind run one at a time: an exact horizon is told
 * from everything that happens on the whole server, and a neighbour's open transaction would be waited for.
 */
export function serversOf(file) {
  const source = sourceOf(file);
  const text = readFileSync(join(root, source), "utf8");
  if (!/QIANZHI_TEST_\w+_URL|from "\.\/servers?\.ts"/.test(text)) return [];
  const kinds = ["mysql|mariadb", "postgres", "mssql", "oracle"];
  return kinds.filter((kind) => new RegExp(kind, "i").test(source + text));
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true }).map(
    (name) => `${folder}/${name.replaceAll("\\", "/")}`,
  );
}
