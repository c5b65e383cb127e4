import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { root } from "./architecture/workspace.ts";

/** What installs the driver of an adapter. */
const commands = {
  mysql: "npm install mysql2",
  postgres: "npm install pg",
  mssql: "npm install tedious@19",
  oracle: "npm install oracledb",
};

const places = Object.keys(commands).map(
  (kind) => pathToFileURL(join(root, "adapters", kind, "dist/src/index.js")).href,
);

/** Opens each of them where no driver is installed. */
const program = `
import { register } from "node:module";
const hooks = \`export function resolve(name, context, next) {
  if (/^(mysql2|pg|tedious|oracledb)$/.test(name)) throw new Error("not installed");
  return next(name, context);
}\`;
register("data:text/javascript," + encodeURIComponent(hooks));
const told = [];
for (const place of ${JSON.stringify(places)}) {
  const [adapter] = Object.values(await import(place)).filter((each) => each.contract === 1);
  const host = { signal: new AbortController().signal, offset: "+08:00" };
  await adapter.open({ user: "u", database: "d", service: "s" }, host).catch(({ code, hint }) => told.push([code, hint]));
}
console.log(JSON.stringify(told));
`;

test("a driver that is not installed is named with the command that installs it", async () => {
  const child = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    program,
  ]);
  assert.deepEqual(
    JSON.parse(child.stdout),
    Object.values(commands).map((command) => [
      "QZ_DRIVER_MISSING",
      `Install it beside the agent: ${command}`,
    ]),
  );
});
