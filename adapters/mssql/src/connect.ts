import {
  connectByCallback,
  loadDriver,
  pushedPages,
  tlsContext,
  type Fragment,
} from "@qianzhi/sql";
import { dial, type Dialled } from "./dial.ts";
import { defaults, type MssqlOptions, type TlsOptions } from "./options.ts";
import type { Field } from "./types.ts";

/** The part of tedious that is used here. */
interface Driver {
  readonly Connection: new (config: object) => DriverConnection;
  readonly Request: new (sql: string, done: (error?: Error | null) => void) => DriverRequest;
  readonly TYPES: Readonly<Record<"NVarChar" | "Float" | "VarBinary", object>>;
}
interface DriverConnection {
  connect(done: (error?: Error | null) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "errorMessage", listener: (message: ServerMessage) => void): void;
  on(event: "secure", listener: () => void): void;
  execSql(request: DriverRequest): void;
  execSqlBatch(request: DriverRequest): void;
  close(): void;
}
interface ServerMessage {
  readonly number: number;
  readonly message: string;
}
interface DriverRequest {
  addParameter(name: string, type: object, value: unknown): void;
  on(event: "columnMetadata", listener: (fields: Field[]) => void): void;
  on(event: "row", listener: (cells: readonly { readonly value: unknown }[]) => void): void;
  cancel(): void;
  pause(): void;
  resume(): void;
}

/** Where a parameter's name goes; no statement can contain it otherwise. */
export const PARAMETER = "@\0";

/** A procedure call takes 2,100 parameters, of which the statement and its declarations are two. */
const MAX_PARAMETERS = 2_000;

export interface Result {
  readonly rows: unknown[][];
  readonly fields: readonly Field[];
}

/** One connection to a server; every promise rejects with the driver's own error. */
export interface Link {
  run(statement: Fragment): Promise<Result>;
  /** The rows of one statement as they come; the server waits while nobody takes them. Closed early, it is stopped. */
  pages(statement: Fragment, pageRows?: number): AsyncGenerator<unknown[][], void>;
  /** Stops the running statement at the server by an attention, which `run` then reports. */
  stop(): void;
  /** Cuts the connection; what runs rejects. */
  cut(): void;
}

/** Connects and logs in; an abort gives up at once. */
export async function connectTo(options: MssqlOptions, signal: AbortSignal): Promise<Link> {
  const driver = await loadDriver<Driver>(
    () => import("tedious"),
    "tedious",
    "npm install tedious@19",
  );
  const dialled = dial(options.tls !== false, signal);
  const connection = new driver.Connection(configOf(options, dialled));
  // A connection that breaks while nothing runs is noticed by the next statement.
  connection.on("error", () => {});
  const messages: ServerMessage[] = [];
  connection.on("errorMessage", (message) => messages.push(message));
  let secured = false;
  connection.on("secure", () => {
    secured = true;
  });
  await connectByCallback((done) => connection.connect(done), dialled.destroy, signal).catch(
    (error: unknown) => {
      if (signal.aborted || !(error instanceof Error)) throw error;
      // A login that fails for its database is refused in two messages, of which the driver keeps the lesser one.
      const { number, message } = messages.find((each) => each.number !== LOGIN_FAILED) ?? {
        number: messages[0]?.number,
        message: error.message,
      };
      const handshaking = dialled.encrypts && !secured;
      throw Object.assign(error, { number, message, refusal: dialled.refusal, handshaking });
    },
  );
  return linkOver(connection, driver, options.statementTimeoutMs ?? defaults.statementTimeoutMs);
}

const LOGIN_FAILED = 18456;

function linkOver(connection: DriverConnection, driver: Driver, limitMs: number): Link {
  let running: DriverRequest | undefined;

  /** Begins a statement; `ended` hears how it ended. */
  function begin(
    statement: Fragment,
    onRow: (row: unknown[]) => void,
    ended: (error: Error | undefined) => void,
  ): DriverRequest {
    const { sql, params } = numbered(statement);
    // The driver's own limit ends with the first packet of an answer.
    const limit = AbortSignal.timeout(limitMs);
    const stop = () => request.cancel();
    const request = new driver.Request(sql, (error) => {
      running = undefined;
      limit.removeEventListener("abort", stop);
      if (error === undefined || error === null) ended(undefined);
      else if (limit.aborted) ended(Object.assign(error, { code: "ETIMEOUT" }));
      else ended(error instanceof AggregateError ? (error.errors[0] as Error) : error);
    });
    running = request;
    limit.addEventListener("abort", stop, { once: true });
    request.on("row", (cells) => onRow(cells.map(({ value }) => value)));
    for (const [at, value] of params.entries())
      request.addParameter(`p${at + 1}`, driver.TYPES[typeOf(value)], value);
    if (params.length === 0) connection.execSqlBatch(request);
    else connection.execSql(request);
    return request;
  }

  return {
    run: (statement) =>
      new Promise((resolve, reject) => {
        const rows: unknown[][] = [];
        let fields: readonly Field[] = [];
        const request = begin(
          statement,
          (row) => rows.push(row),
          (error) => (error === undefined ? resolve({ rows, fields }) : reject(error)),
        );
        request.on("columnMetadata", (columns) => {
          fields = columns;
        });
      }),
    pages: (statement, pageRows = PAGE_ROWS) =>
      pushedPages((onRow, onEnd) => {
        const request = begin(statement, onRow, onEnd);
        return {
          pause: () => request.pause(),
          resume: () => request.resume(),
          stop: () => request.cancel(),
        };
      }, pageRows),
    stop: () => running?.cancel(),
    cut: () => connection.close(),
  };
}

/** Rows of a listing that are held at once. */
const PAGE_ROWS = 1_000;

/** As which type a value travels. */
export const typeOf = (value: unknown) =>
  typeof value === "number" ? "Float" : value instanceof Uint8Array ? "VarBinary" : "NVarChar";

/** Parameters by name, in the order of their places; those that no longer fit in a call as literals. */
export function numbered({ sql, params }: Fragment): Fragment {
  let at = 0;
  const named = sql.replaceAll(PARAMETER, () =>
    at++ < MAX_PARAMETERS ? `@p${at}` : literal(params[at - 1]),
  );
  return { sql: named, params: params.slice(0, MAX_PARAMETERS) };
}

function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  const text = String(value);
  if (typeof value === "number") return text.includes("e") ? text : `${text}e0`;
  return `N'${text.replaceAll("'", "''")}'`;
}

function configOf(options: MssqlOptions, { connector }: Dialled): object {
  const { host = defaults.host, port, instance, user, password = "", domain, database } = options;
  const tls = options.tls === undefined || options.tls === true ? {} : options.tls;
  return {
    server: host,
    authentication:
      domain === undefined
        ? { type: "default", options: { userName: user, password } }
        : { type: "ntlm", options: { userName: user, password, domain } },
    options: {
      connector,
      database,
      ...(instance === undefined || port !== undefined
        ? { port: port ?? defaults.port }
        : { instanceName: instance }),
      appName: "Qianzhi",
      readOnlyIntent: options.readOnlyIntent ?? true,
      tdsVersion: options.tdsVersion ?? "7_4",
      connectTimeout: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
      requestTimeout: 0,
      maxRetriesOnTransientErrors: 0,
      ...(tls === false ? { encrypt: false } : tlsOf(tls)),
    },
  };
}

function tlsOf({ verify = "full", serverName, ...tls }: TlsOptions): object {
  return {
    encrypt: true,
    trustServerCertificate: verify === "none",
    ...(serverName === undefined ? {} : { serverName }),
    cryptoCredentialsDetails: tlsContext(tls),
  };
}
