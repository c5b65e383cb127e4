import { QianzhiError, type AdapterHost } from "@qianzhi/sdk";
import { loadDriver, type Fragment } from "@qianzhi/sql";
import { PARAMETER, type Link, type StatementConnection } from "./connect.ts";
import { defaults, type OracleOptions } from "./options.ts";
import { unlessAborted, within } from "./patience.ts";

/** The part of dmdb that is used here; its makers have followed oracledb. */
export interface DmDriver {
  readonly CLOB: unknown;
  readonly BLOB: unknown;
  fetchAsString: readonly unknown[];
  fetchAsBuffer: readonly unknown[];
  /** Whether a JSON text becomes an object, and its numbers doubles. */
  parseJson: boolean;
  getConnection(config: object): Promise<StatementConnection>;
}

export const DM_PORT = 5236;

export const dmAddress = ({ host = defaults.host, port = DM_PORT }: OracleOptions): string =>
  `${host}:${port}`;

/** Rows that are taken from a cursor at once. */
const ROWS_AT_ONCE = 1_000;
/** The driver ends an overlong statement itself; this is for one that it does not end. */
const NETWORK_MARGIN_MS = 10_000;

/** Connects and logs in. The driver waits for ever for a listener that accepts and is silent. */
export async function connectDm(
  driver: DmDriver,
  options: OracleOptions,
  { signal, source }: Pick<AdapterHost, "signal" | "source">,
): Promise<Link> {
  const limitMs = options.connectTimeoutMs ?? defaults.connectTimeoutMs;
  const address = dmAddress(options);
  const silent = () =>
    new QianzhiError("QZ_SOURCE_UNREACHABLE", { source: source ?? address, address });
  const open = () => within(driver.getConnection(configOf(options)), limitMs, silent);
  const connection = await unlessAborted(open(), signal);
  return linkOver(connection, open, options);
}

function configOf(options: OracleOptions): object {
  return {
    connectString: dmAddress(options),
    user: options.user,
    password: options.password ?? "",
    connectTimeout: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    socketTimeout: options.statementTimeoutMs ?? defaults.statementTimeoutMs,
    appName: "qianzhi",
    language: "EN",
  };
}

async function linkOver(
  connection: StatementConnection,
  another: () => Promise<StatementConnection>,
  { statementTimeoutMs: limitMs = defaults.statementTimeoutMs }: OracleOptions,
): Promise<Link> {
  const lost = () => new QianzhiError("QZ_SOURCE_LOST");
  const timely = <T>(work: Promise<T>) => within(work, limitMs + NETWORK_MARGIN_MS, lost);
  const execute = ({ sql, params }: Fragment, more: object = {}) =>
    timely(connection.execute(sql.replaceAll(PARAMETER, "?"), params, more));
  const run: Link["run"] = async (statement) => {
    const { rows = [], metaData = [] } = await execute(statement, { extendedMetaData: true });
    return { rows, fields: metaData };
  };
  const ask: Link["ask"] = async (sql, ...params) => (await execute({ sql, params })).rows ?? [];
  const [[session, build] = []] = await ask("SELECT SESSID(), ID_CODE FROM DUAL");
  return {
    version: String(build),
    run,
    ask,
    async *pages(statement, pageRows = ROWS_AT_ONCE) {
      const { resultSet } = await execute(statement, { resultSet: true });
      if (resultSet === undefined)
        throw new QianzhiError("QZ_ADAPTER_FAULT", { name: "dmdb", operation: "list" });
      try {
        for (;;) {
          const rows = await timely(resultSet.getRows(pageRows));
          if (rows.length === 0) return;
          yield rows;
        }
      } finally {
        await resultSet.close().catch(() => {});
      }
    },
    /** The driver has no break: another session asks for it, where the account may, or else the connection is given up. */
    async stop() {
      try {
        const other = await another();
        try {
          await other.execute("CALL SP_CANCEL_SESSION_OPERATION(?)", [session], {});
        } finally {
          await other.close();
        }
      } catch {
        await connection.close();
      }
    },
    close: () => connection.close(),
  };
}

export async function loadDmdb(): Promise<DmDriver> {
  // @ts-expect-error Its licence leaves it to the user to install; what is used of it is declared above.
  const driver = await loadDriver<DmDriver>(() => import("dmdb"), "dmdb", INSTALL_DMDB);
  // These hold for the process: by statement the driver takes them for columns by name alone.
  driver.fetchAsString = [driver.CLOB];
  driver.fetchAsBuffer = [driver.BLOB];
  driver.parseJson = false;
  return driver;
}

/** The command stands first, so that it can be copied; what follows needs no internet at the site. */
const INSTALL_DMDB =
  "npm install dmdb (without internet: run it elsewhere, and copy dmdb, iconv-lite and safer-buffer into node_modules / 无网络：在别处执行后，将 dmdb、iconv-lite、safer-buffer 复制到 node_modules)";
