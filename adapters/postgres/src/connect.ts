import {
  connectByCallback,
  loadDriver,
  tlsContext,
  type Fragment,
  type TlsOptions,
} from "@qianzhi/sql";
import { defaults, type PostgresOptions } from "./options.ts";

/** The part of pg that is used here. */
interface Driver {
  readonly Client: new (config: object) => DriverClient;
}
interface DriverClient {
  readonly connection: DriverConnection;
  connect(done: (error?: Error | null) => void): void;
  query(
    options: object,
    done: (error: Error | null, result: { rows: unknown[][]; fields: Field[] }) => void,
  ): void;
  on(event: "error", listener: (error: Error) => void): void;
  end(done: () => void): void;
}
interface DriverConnection {
  stream: NodeJS.WritableStream & { destroy(error?: Error): void };
  attachListeners(stream: NodeJS.EventEmitter): void;
}

/** What the driver tells of a result column. */
export interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** One connection to a server; every promise rejects with the driver's own error. */
export interface Link {
  run(
    statement: Fragment,
  ): Promise<{ readonly rows: unknown[][]; readonly fields: readonly Field[] }>;
  /** The rows of one statement, page by page, by a cursor of the server. */
  pages(statement: Fragment, pageRows?: number): AsyncGenerator<unknown[][], void>;
  /** The values of a statement without parameters, as the server prints them. */
  texts(sql: string): Promise<(string | null)[][]>;
  /** Cuts the connection; what runs rejects. */
  cut(): void;
  end(): Promise<void>;
}

/**
 * Stands for a parameter in a fragment: the server wants them numbered, and fragments do not know their place. No
 * statement can contain this character.
 */
export const PARAMETER = "\0";

/** Rows of a listing that are fetched at once. */
const PAGE_ROWS = 2_000;

/** Beyond the server's own statement time-out the network is at fault. */
const NETWORK_MARGIN_MS = 10_000;

/** Connects and logs in; an abort gives up at once. */
export async function connectTo(options: PostgresOptions, signal: AbortSignal): Promise<Link> {
  // @ts-expect-error It carries no types; what is used of it is declared above.
  const { Client } = await loadDriver<Driver>(() => import("pg"), "pg");
  const client = new Client(configOf(options));
  const { connection } = client;
  rejectWhatIsNotUnderstood(connection);
  // A connection that breaks while nothing runs is noticed by the next statement.
  client.on("error", () => {});
  const cut = () => connection.stream.destroy();
  await connectByCallback((done) => client.connect(done), cut, signal);
  return linkOver(client, cut);
}

function linkOver(client: DriverClient, cut: () => void): Link {
  const run: Link["run"] = ({ sql, params }) =>
    new Promise((resolve, reject) => {
      let number = 0;
      const text = sql.replaceAll(PARAMETER, () => `$${(number += 1)}`);
      client.query({ text, values: params, rowMode: "array" }, (error, result) => {
        if (error === null) resolve(result);
        else reject(error);
      });
    });
  return {
    run,
    async *pages({ sql, params }, pageRows = PAGE_ROWS) {
      const simple = (text: string) => run({ sql: text, params: [] });
      await simple("BEGIN");
      try {
        await run({ sql: `DECLARE qz_list NO SCROLL CURSOR FOR ${sql}`, params });
        for (;;) {
          const { rows } = await simple(`FETCH ${pageRows} FROM qz_list`);
          if (rows.length > 0) yield rows;
          if (rows.length < pageRows) return;
        }
      } finally {
        // A connection that is lost has no transaction either.
        await simple("ROLLBACK").catch(() => {});
      }
    },
    texts: async (sql) => (await run({ sql, params: [] })).rows as (string | null)[][],
    cut,
    end: () => new Promise((resolve) => client.end(() => resolve())),
  };
}

/**
 * The driver throws out of the socket's listener when it reads a message that it does not know, such as a request for
 * an authentication method of another vendor. It is made an error of the connection instead.
 */
function rejectWhatIsNotUnderstood(connection: DriverConnection): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    const others = stream.listeners("data");
    attach(stream);
    for (const listener of stream.listeners("data").filter((each) => !others.includes(each))) {
      stream.removeListener("data", listener as () => void);
      stream.on("data", (bytes) => {
        try {
          (listener as (bytes: unknown) => void)(bytes);
        } catch (error) {
          (stream as DriverConnection["stream"]).destroy(error as Error);
        }
      });
    }
  };
}

function configOf(options: PostgresOptions): object {
  const { host = defaults.host, port = defaults.port, user, password, database, tls } = options;
  const { statementTimeoutMs = defaults.statementTimeoutMs } = options;
  return {
    host,
    port,
    user,
    database,
    // As a function, since the driver would otherwise look for passwords in files and in the environment.
    password: () => password ?? "",
    ssl: tls === undefined || tls === false ? false : sslOf(tls === true ? {} : tls),
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    query_timeout: statementTimeoutMs + NETWORK_MARGIN_MS,
    keepAlive: true,
    application_name: "qianzhi",
    // Values as the server prints them: the driver's own reading of numbers and times is not exact.
    types: { getTypeParser: () => (text: string) => text },
  };
}

function sslOf(tls: TlsOptions): object {
  const { verify = "full" } = tls;
  return {
    ...tlsContext(tls),
    rejectUnauthorized: verify !== "none",
    ...(verify === "full" ? {} : { checkServerIdentity: () => undefined }),
  };
}
