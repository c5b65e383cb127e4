import type { AdapterHost, Source } from "@qianzhi/sdk";
import { mssql, type MssqlOptions } from "../src/index.ts";
import type { Asked } from "./tds/requests.ts";
import {
  startScriptedServer,
  type Answer,
  type Script,
  type ScriptedServer,
} from "./tds/scripted-server.ts";
import { kinds, type ColumnKind } from "./tds/tokens.ts";

/** What an adapter gets from the agent. */
export function hostFor(signal: AbortSignal = new AbortController().signal): AdapterHost {
  const ignore = () => {};
  return {
    source: "legacy",
    clock: { now: () => 0, monotonic: () => 0 },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    decode: (bytes) => String(bytes),
    signal,
    offset: "+08:00",
  };
}

/** A result of texts, the form of most answers of a catalog. */
export const texts = (...rows: readonly (readonly (string | null)[])[]): Answer =>
  table(
    (rows[0] ?? []).map((_, at) => [`c${at}`, kinds.nvarchar]),
    rows,
  );

export const table = (
  columns: readonly (readonly [name: string, kind: ColumnKind])[],
  rows: readonly (readonly unknown[])[],
): Answer => ({ columns: columns.map(([name, kind]) => ({ name, kind })), rows });

/** The product's version by year, as SERVERPROPERTY tells it. */
export const versions = {
  2005: "9.00.5000.00",
  2008: "10.50.6000.34",
  2012: "11.0.7001.0",
  2016: "13.0.5026.0",
  2022: "16.0.1000.6",
} as const;

export const facts = (version: string = versions[2022], updateability = "READ_WRITE"): Answer =>
  texts([version, "Chinese_PRC_CI_AS", "936", updateability, "481"]);

export interface ScriptedSource extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly source: Source;
}

export type OptionsFor = (server: ScriptedServer) => Partial<MssqlOptions>;

export const optionsFor = (server: ScriptedServer): MssqlOptions => ({
  host: "localhost",
  port: server.port,
  user: "reader",
  password: "reads-only",
  database: "hr",
  tls: { ca: server.certificate },
});

/** A scripted server with a source open on it; the answer to the first question, what server it is, is filled in. */
export async function openScripted(
  script: Script = {},
  options: OptionsFor = () => ({}),
): Promise<ScriptedSource> {
  const server = await startScriptedServer(withFacts(script));
  try {
    const source = await mssql.open({ ...optionsFor(server), ...options(server) }, hostFor());
    return {
      server,
      source,
      async [Symbol.asyncDispose]() {
        await source.close();
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

const withFacts = (script: Script): Script => ({
  ...script,
  answer: (asked: Asked) =>
    script.answer?.(asked) ?? (asked.sql.includes("'ProductVersion'") ? facts() : undefined),
});
