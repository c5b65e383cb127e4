import { isIP } from "node:net";
import { QianzhiError } from "@qianzhi/sdk";
import {
  connectByCallback,
  loadDriver,
  pushedPages,
  tlsContext,
  type Fragment,
  type TlsOptions,
} from "@qianzhi/sql";
import { defaults, type MysqlOptions } from "./options.ts";
import type { Field } from "./types.ts";
import { verifyAddress, type UpgradingConnection } from "./verify-address.ts";

/** The part of mysql2 that is used here. */
interface Driver {
  createConnection(config: object): DriverConnection;
}
interface DriverConnection extends UpgradingConnection {
  connect(done: (error: Error | null) => void): void;
  /** Without `done` the answer comes in events, row by row. */
  query(
    options: object,
    done?: (error: Error | null, rows: unknown[][], fields: Field[]) => void,
  ): RunningQuery;
  on(event: "error", listener: (error: Error) => void): void;
  /** Of the socket: rows that have come already are kept back too. */
  pause(): void;
  resume(): void;
  end(done: () => void): void;
  destroy(): void;
}

/** One connection to a server; every promise rejects with the driver's own error. */
export interface Link {
  run(
    statement: Fragment,
  ): Promise<{ readonly rows: unknown[][]; readonly fields: readonly Field[] }>;
  /** The rows of one statement, page by page, as they come. Closed early it calls `stop`, and waits for the end. */
  pages(
    statement: Fragment,
    stop: () => Promise<void>,
    pageRows?: number,
  ): AsyncGenerator<unknown[][], void>;
  /** Cuts the connection; what runs rejects. */
  cut(): void;
  end(): Promise<void>;
}

/** Beyond the server's own statement time-out the network is at fault. */
const NETWORK_MARGIN_MS = 10_000;

/** Connects and logs in; an abort gives up at once. */
export async function connectTo(options: MysqlOptions, signal: AbortSignal): Promise<Link> {
  const { createConnection } = await loadDriver<Driver>(() => import("mysql2"), "mysql2");
  const connection = createConnection(configOf(options));
  const { host = defaults.host, socketPath, tls = false } = options;
  const verified = tls !== false && (tls === true || (tls.verify ?? "full") === "full");
  if (verified && socketPath === undefined) verifyAddress(connection, host);
  // A connection that breaks while nothing runs is noticed by the next statement.
  connection.on("error", () => {});
  await connectByCallback(
    (done) => connection.connect(done),
    () => connection.destroy(),
    signal,
  );
  return linkOver(
    connection,
    (options.statementTimeoutMs ?? defaults.statementTimeoutMs) + NETWORK_MARGIN_MS,
  );
}

/** What the driver hands back for a statement under way. */
interface RunningQuery {
  on(event: "result", listener: (row: unknown[]) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "end", listener: () => void): void;
  readonly queryTimeout?: { unref(): unknown } | null;
}

function linkOver(connection: DriverConnection, timeout: number): Link {
  const pending = new Set<(error: Error) => void>();
  // The driver tells whoever waits with a callback alone.
  connection.on("error", (error) => {
    for (const reject of pending) reject(error);
  });
  return {
    run: ({ sql, params }) =>
      new Promise((resolve, reject) => {
        pending.add(reject);
        const running = connection.query(
          { sql, values: params, rowsAsArray: true, timeout },
          (error, rows, fields) => {
            pending.delete(reject);
            if (error === null) resolve({ rows, fields });
            else reject(error);
          },
        );
        // The socket keeps the process alive while an answer is awaited. The driver forgets its own timer when the
        // connection ends before the answer, which would keep it until the time-out.
        running.queryTimeout?.unref();
      }),
    pages: ({ sql, params }, stop, pageRows = PAGE_ROWS) =>
      pushedPages((onRow, onEnd) => {
        const finish = (error?: Error): void => {
          pending.delete(finish);
          onEnd(error);
        };
        pending.add(finish);
        const running = connection.query({ sql, values: params, rowsAsArray: true, timeout });
        running.queryTimeout?.unref();
        running.on("error", finish);
        running.on("end", () => finish());
        running.on("result", onRow);
        return { pause: () => connection.pause(), resume: () => connection.resume(), stop };
      }, pageRows),
    cut() {
      connection.destroy();
      // The driver forgets what was running on a connection that it closes itself.
      for (const reject of pending) reject(new QianzhiError("QZ_SOURCE_LOST"));
    },
    end: () =>
      new Promise((resolve) => {
        connection.end(() => resolve());
      }),
  };
}

/** Rows of a listing that are handed over at once. */
const PAGE_ROWS = 2_000;

function configOf(options: MysqlOptions): object {
  const {
    host = defaults.host,
    port = defaults.port,
    socketPath,
    user,
    password,
    database,
    tls = false,
  } = options;
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user,
    password,
    database,
    connectTimeout: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    // A collation that every server since 5.5.3 knows; older ones fall back to their own, see session.ts.
    charset: "UTF8MB4_GENERAL_CI",
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
    // `?` is never expanded from an object.
    stringifyObjects: true,
    trace: false,
    ...(tls === false ? {} : { ssl: sslOf(tls === true ? {} : tls, host) }),
  };
}

function sslOf(tls: TlsOptions, host: string): object {
  const { verify = "full" } = tls;
  return {
    ...tlsContext(tls),
    rejectUnauthorized: verify !== "none",
    // An address is compared by ourselves.
    verifyIdentity: verify === "full" && isIP(host) === 0,
  };
}
