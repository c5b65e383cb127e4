import type { AdapterHost, Source } from "@qianzhi/sdk";
import { oracleOver } from "../src/adapter.ts";
import type { Driver, DriverConnection, Field } from "../src/connect.ts";
import type { OracleOptions } from "../src/options.ts";

/** A statement as the driver is given it. */
export interface Asked {
  readonly sql: string;
  readonly binds: readonly unknown[];
}

export interface Answer {
  readonly rows?: unknown[][];
  readonly metaData?: readonly Field[];
}

/** Rows, an error to reject with, nothing (no rows), or a promise of these. */
export type Reply = Answer | Error | undefined | Promise<Answer | Error | undefined>;

export interface Script {
  readonly version?: string;
  readonly charset?: string;
  /** Of the database: a standby is none. */
  readonly role?: string;
  readonly answer?: (asked: Asked) => Reply;
  /** Before each log-in; an error refuses it. */
  readonly connect?: (attempt: number) => Error | undefined | Promise<Error | undefined>;
  /** An error when no client library is there. */
  readonly client?: Error;
}

/** The structure of the driver without a server: it says what was asked of it, and answers from a script. */
export interface ScriptedDriver {
  readonly driver: Driver;
  readonly asked: Asked[];
  /** What else was called, in order: `connect`, `client`, `break`, `close`. */
  readonly calls: string[];
  readonly configs: Readonly<Record<string, unknown>>[];
  readonly clients: unknown[];
  readonly connections: DriverConnection[];
}

export const oracleError = (code: string, text = "no such luck"): Error =>
  Object.assign(new Error(`${code}: ${text}\nHelp: elsewhere`), { code });

export function scriptedDriver(script: Script = {}): ScriptedDriver {
  const { version = "19.24.0.0.0", charset = "ZHS16GBK", role = "PRIMARY", answer } = script;
  const asked: Asked[] = [];
  const calls: string[] = [];
  const configs: Readonly<Record<string, unknown>>[] = [];
  const clients: unknown[] = [];
  const connections: DriverConnection[] = [];
  let thin = true;
  const connection = (): DriverConnection => ({
    oracleServerVersionString: version,
    callTimeout: 0,
    module: "",
    action: "",
    async execute(sql, binds, { resultSet = false }: { readonly resultSet?: boolean }) {
      const statement = { sql, binds };
      asked.push(statement);
      const reply = await answer?.(statement);
      if (reply instanceof Error) throw reply;
      if (resultSet) return { resultSet: cursorOver(reply?.rows ?? []) };
      if (reply !== undefined) return reply;
      return sql.includes("'NLS_CHARACTERSET'")
        ? { rows: [[charset, "AL16UTF16", "READER", "READER", role]] }
        : { rows: [] };
    },
    async break() {
      calls.push("break");
    },
    async close() {
      calls.push("close");
    },
  });
  const cursorOver = (rows: unknown[][]) => {
    let from = 0;
    return {
      getRows: async (count: number) => rows.slice(from, (from += count)),
      close: async () => void calls.push("close cursor"),
    };
  };
  const driver: Driver = {
    get thin() {
      return thin;
    },
    STRING: "string",
    BUFFER: "buffer",
    DB_TYPE_NVARCHAR: "nvarchar",
    initOracleClient(options) {
      calls.push("client");
      clients.push(options);
      if (script.client !== undefined) throw script.client;
      thin = false;
    },
    async getConnection(config) {
      calls.push("connect");
      configs.push(config as Readonly<Record<string, unknown>>);
      const refused = await script.connect?.(configs.length);
      if (refused !== undefined) throw refused;
      const opened = connection();
      connections.push(opened);
      return opened;
    },
  };
  return { driver, asked, calls, configs, clients, connections };
}

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

export const options: OracleOptions = {
  host: "10.1.2.3",
  service: "hr",
  user: "reader",
  password: "reads-only",
};

export interface ScriptedSource extends ScriptedDriver {
  readonly source: Source;
  /** What was asked since the session stood. */
  since(): readonly Asked[];
}

export async function openScripted(
  script: Script = {},
  more: Partial<OracleOptions> = {},
): Promise<ScriptedSource> {
  const scripted = scriptedDriver(script);
  const source = await oracleOver(async () => scripted.driver).open(
    { ...options, ...more },
    hostFor(),
  );
  const standing = scripted.asked.length;
  return { ...scripted, source, since: () => scripted.asked.slice(standing) };
}

export const calm = (): AbortSignal => new AbortController().signal;

/** A column as the driver tells it. */
export const field = (name: string, dbTypeName: string, more: Partial<Field> = {}): Field => ({
  name,
  dbTypeName,
  nullable: true,
  ...more,
});

/** Answers the statement that asks for a relation's columns. */
export const columns =
  (...fields: readonly Field[]) =>
  ({ sql }: Asked): Answer | undefined =>
    sql.endsWith("WHERE 1 = 0") ? { metaData: fields } : undefined;
