import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import mssql, { type MssqlOptions } from "@qianzhi/adapter-mssql";
import { defineAdapter } from "@qianzhi/sdk";
import type { Feeding } from "./feeding.ts";

const program = fileURLToPath(
  new URL("../../../adapters/mssql/dist/test/tracked-server.js", import.meta.url),
);

/** The SQL Server adapter over the scripted server of its tests, a process that reads the SQLite file of a fed site. */
export function trackedServer(): Feeding & AsyncDisposable {
  let server: ReturnType<typeof start> | undefined;
  const state: Feeding & AsyncDisposable = {
    keptFrom: 0,
    tell: () => undefined,
    pages: 0,
    scans: 0,
    beforeScan: () => undefined,
    beforePointRead: () => undefined,
    adapter: defineAdapter<{ readonly path: string }>({
      kind: "mssql",
      optionsSchema: { type: "object" },
      async open({ path }, host) {
        const { options } = await (server ??= start(path));
        const { scan, changes, ...source } = await mssql.open(options, host);
        return {
          ...source,
          async scan(request, signal) {
            if (request.keys === undefined) state.scans += 1;
            return scan!(request, signal);
          },
          async changes(...asked) {
            state.pages += 1;
            return changes!(...asked);
          },
        };
      },
    }),
    async [Symbol.asyncDispose]() {
      const { child } = (await server) ?? {};
      child?.stdin.end();
      if (child !== undefined) await once(child, "exit");
    },
  };
  return state;
}

async function start(path: string) {
  const child = spawn(process.execPath, [program, path], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, options: JSON.parse(line) as MssqlOptions };
}
