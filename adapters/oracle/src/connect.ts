import { QianzhiError } from "@qianzhi/sdk";
import { loadDriver, type Fragment } from "@qianzhi/sql";
import { connectStringOf, defaults, secondsOf, type OracleOptions } from "./options.ts";
import { unlessAborted, within } from "./patience.ts";

/** The part of oracledb that is used here. */
export interface Driver {
  /** False once a client library is in use, which then serves every connection of the process. */
  readonly thin: boolean;
  readonly STRING: unknown;
  readonly BUFFER: unknown;
  readonly DB_TYPE_NVARCHAR: unknown;
  initOracleClient(options: object): void;
  getConnection(config: object): Promise<DriverConnection>;
}
/** What both drivers, this and dmdb, have in common. */
export interface StatementConnection {
  execute(
    sql: string,
    binds: readonly unknown[],
    options: object,
  ): Promise<{
    readonly rows?: unknown[][];
    readonly metaData?: readonly Field[];
    /** When asked for. */
    readonly resultSet?: ResultSet;
  }>;
  close(): Promise<void>;
}

export interface DriverConnection extends StatementConnection {
  readonly oracleServerVersionString: string;
  callTimeout: number;
  module: string;
  action: string;
  break(): Promise<void>;
}

export interface ResultSet {
  /** None at the end. */
  getRows(count: number): Promise<unknown[][]>;
  close(): Promise<void>;
}

/** What the driver tells of a result column. */
export interface Field {
  readonly name: string;
  /** `NUMBER`, `TIMESTAMP WITH TIME ZONE`, `MDSYS.SDO_GEOMETRY`. */
  readonly dbTypeName: string;
  readonly nullable: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly byteSize?: number;
}

/** One connection to a server; every promise rejects with the driver's own error. */
export interface Link {
  /** `11.2.0.4.0` */
  readonly version: string;
  run(
    statement: Fragment,
  ): Promise<{ readonly rows: unknown[][]; readonly fields: readonly Field[] }>;
  /** The rows of one statement, as the server's cursor yields them. */
  pages(statement: Fragment, pageRows?: number): AsyncGenerator<unknown[][], void>;
  /** The values of a catalog query; numbers as numbers. */
  ask(sql: string, ...params: readonly string[]): Promise<unknown[][]>;
  /** Stops what runs at the server. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Stands for a bind variable in a fragment: they are numbered, and fragments do not know their place. No statement can
 * contain this character.
 */
export const PARAMETER = "\0";

/** A text to be bound in the national character set: the database's own could not hold every character of it. */
export interface National {
  readonly national: string;
}

/** The driver stops an overlong statement by asking the server; a network that went silent carries no such request. */
const NETWORK_MARGIN_MS = 10_000;
/** Rows that travel at once: a hundred, the driver's default, would make fifty round trips of a page. */
const ROWS_AT_ONCE = 1_000;

const lost = () => new QianzhiError("QZ_SOURCE_LOST");

/** Connects and logs in. */
export async function connectTo(
  driver: Driver,
  options: OracleOptions,
  signal: AbortSignal,
): Promise<Link> {
  if (options.clientDir !== undefined) useClient(driver, options);
  const config = configOf(options);
  const connecting = driver.getConnection(config).catch((error: unknown) => {
    if (!driver.thin || !wantsClient(error)) throw error;
    try {
      useClient(driver, options);
    } catch (missing) {
      throw both(error as Error, missing as Error);
    }
    return driver.getConnection(config);
  });
  return linkOver(driver, await unlessAborted(connecting, signal), options);
}

/** A server before 12.1, a password kept for such servers alone, a server that insists on its own encryption. */
const wantsClient = (error: unknown) =>
  ["NJS-138", "NJS-116", "NJS-533"].includes(String((error as { code?: unknown }).code));

function useClient(driver: Driver, { clientDir, configDir }: OracleOptions): void {
  if (!driver.thin) return;
  driver.initOracleClient({
    ...(clientDir === undefined ? {} : { libDir: clientDir }),
    ...(configDir === undefined ? {} : { configDir }),
  });
}

/** Why a client is needed, and why there is none. */
function both(needed: Error, missing: Error): Error {
  const [why, whyNot] = [needed, missing].map(({ message }) => message.split("\n", 1)[0]);
  needed.message = `${why}; ${whyNot}`;
  return needed;
}

function configOf(options: OracleOptions): object {
  const { user, password, configDir, walletDir, walletPassword } = options;
  const seconds = secondsOf(options);
  return {
    user,
    password: password ?? "",
    connectString: connectStringOf(options),
    connectTimeout: seconds,
    transportConnectTimeout: seconds,
    // Minutes of silence after which the other end is asked whether it is still there.
    expireTime: 1,
    ...(configDir === undefined ? {} : { configDir }),
    ...(walletDir === undefined ? {} : { walletLocation: walletDir }),
    ...(walletPassword === undefined ? {} : { walletPassword }),
  };
}

function linkOver(driver: Driver, connection: DriverConnection, options: OracleOptions): Link {
  const limitMs = options.statementTimeoutMs ?? defaults.statementTimeoutMs;
  connection.callTimeout = limitMs;
  connection.module = "qianzhi";
  const bind = (value: unknown) =>
    value !== null && typeof value === "object" && "national" in value
      ? { val: value.national, type: driver.DB_TYPE_NVARCHAR }
      : value;
  const execution = {
    fetchArraySize: ROWS_AT_ONCE,
    prefetchRows: ROWS_AT_ONCE,
    fetchTypeHandler: ({ dbTypeName }: Field) => {
      if (dbTypeName === "CLOB" || dbTypeName === "NCLOB") return { type: driver.STRING };
      return dbTypeName === "BLOB" ? { type: driver.BUFFER } : undefined;
    },
  };
  let running = 0;
  async function call<T>(work: () => Promise<T>): Promise<T> {
    running += 1;
    try {
      return await within(work(), limitMs + NETWORK_MARGIN_MS, lost);
    } finally {
      running -= 1;
    }
  }
  const execute = ({ sql, params }: Fragment, more: object) => {
    let number = 0;
    const text = sql.replaceAll(PARAMETER, () => `:${(number += 1)}`);
    return call(() => connection.execute(text, params.map(bind), { ...execution, ...more }));
  };
  const run: Link["run"] = async (statement) => {
    const { rows = [], metaData = [] } = await execute(statement, {});
    return { rows, fields: metaData };
  };
  return {
    version: connection.oracleServerVersionString,
    run,
    async *pages(statement, pageRows = ROWS_AT_ONCE) {
      const { resultSet } = await execute(statement, {
        resultSet: true,
        fetchArraySize: pageRows,
        prefetchRows: pageRows,
      });
      if (resultSet === undefined)
        throw new QianzhiError("QZ_ADAPTER_FAULT", { name: "oracledb", operation: "list" });
      try {
        for (;;) {
          const rows = await call(() => resultSet.getRows(pageRows));
          if (rows.length === 0) return;
          yield rows;
        }
      } finally {
        // A connection that is lost has no cursor either.
        await resultSet.close().catch(() => {});
      }
    },
    ask: async (sql, ...params) => (await run({ sql, params })).rows,
    async stop() {
      await connection.break();
      // A break that came too late hits the next statement: let it be this one.
      await run({ sql: "SELECT 1 FROM DUAL", params: [] }).catch(() => {});
    },
    async close() {
      if (running > 0) await connection.break();
      await connection.close();
    },
  };
}

// @ts-expect-error It carries no types; what is used of it is declared above.
const load = () => import("oracledb");

export const loadOracledb = (): Promise<Driver> => loadDriver<Driver>(load, "oracledb");
