import { connectionOptions, patience } from "@qianzhi/sql";

export interface OracleOptions {
  /** `dm`: 达梦 (DM8), through its own driver; host, port, user, password, schema and time-outs are all it takes. */
  readonly product?: "oracle" | "dm";
  readonly host?: string;
  readonly port?: number;
  /** Name of the database's service, or the SID of an instance. */
  readonly service?: string;
  readonly sid?: string;
  /** Alias in tnsnames.ora, `host:port/service` or a whole descriptor, instead of host, port and service. */
  readonly connectString?: string;
  /** Folder of tnsnames.ora. */
  readonly configDir?: string;
  readonly user: string;
  readonly password?: string;
  /** Encrypt the connection; the certificate is checked against the wallet or the system's authorities. */
  readonly tls?: boolean;
  /** Folder of ewallet.pem, and its password. */
  readonly walletDir?: string;
  readonly walletPassword?: string;
  /** Folder of Oracle Instant Client: connects through it. It holds for every Oracle source of the process. */
  readonly clientDir?: string;
  /** The schema in which tables with one-part names are, by default the account's own. */
  readonly schema?: string;
  /** Set where the conformance suite has passed against this server: who may still write is then known, and not settled for. */
  readonly exactHorizon?: boolean;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

export const defaults = {
  host: "127.0.0.1",
  port: 1521,
  ...patience,
} as const;

const name = connectionOptions.word;
/** Goes into a descriptor, where these signs have a meaning. */
const word = { type: "string", pattern: "^[^()=\\s\"']+$" };
const text = (description: string) => ({ ...name, description });
const folder = (description: string) => ({ ...text(description), format: "path" });

const oracleOnly = {
  service: { ...word, description: "Name of the database's service." },
  sid: { ...word, description: "SID of an instance, where the listener knows no service." },
  connectString: text(
    "Alias in tnsnames.ora, host:port/service or a whole descriptor, instead of host, port and service.",
  ),
  configDir: folder("Folder of tnsnames.ora."),
  tls: { type: "boolean", description: "Encrypt the connection." },
  walletDir: folder("Folder of ewallet.pem."),
  walletPassword: { type: "string" },
  exactHorizon: {
    type: "boolean",
    description:
      "Trust what V$SESSION and V$TRANSACTION show: once the conformance suite has passed against this server.",
  },
  clientDir: folder(
    "Folder of Oracle Instant Client, needed for servers before 12.1. It holds for every Oracle source of the agent.",
  ),
} as const;

const none = (names: readonly string[]) => ({
  not: { anyOf: names.map((each) => ({ required: [each] })) },
});

/** No defaults stand here that another option would contradict: they would be filled in, and refused. */
export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["user"],
  if: { required: ["product"], properties: { product: { const: "dm" } } },
  then: {
    ...none(Object.keys(oracleOnly)),
    expects: [
      `with product: dm there is no ${Object.keys(oracleOnly).join(", ")}`,
      `product: dm 时不能有 ${Object.keys(oracleOnly).join("、")}`,
    ],
  },
  else: {
    oneOf: [
      { required: ["service"] },
      { required: ["sid"] },
      { required: ["connectString"], ...none(["host", "port"]) },
    ],
    expects: [
      "must name one of service, sid and connectString, the last without host and port",
      "应在 service、sid、connectString 中写明一个；写 connectString 时不写 host 和 port",
    ],
  },
  properties: {
    product: { enum: ["oracle", "dm"], description: "`dm` for 达梦 (DM8)." },
    host: { ...word, description: `Host name or address, by default ${defaults.host}.` },
    port: {
      ...connectionOptions.port,
      description: `By default ${defaults.port}, and 5236 with product: dm.`,
    },
    user: name,
    password: { type: "string" },
    schema: text("The schema in which tables with one-part names are; by default the account's."),
    connectTimeoutMs: connectionOptions.timeouts.connectTimeoutMs,
    statementTimeoutMs: connectionOptions.timeouts.statementTimeoutMs,
    ...oracleOnly,
  },
} as const;

/** Where to connect, as both kinds of driver read it. */
export function connectStringOf(options: OracleOptions): string {
  const { connectString, host = defaults.host, port = defaults.port, service, sid } = options;
  if (connectString !== undefined) return connectString;
  const seconds = secondsOf(options);
  const database = sid === undefined ? `SERVICE_NAME=${service}` : `SID=${sid}`;
  return (
    `(DESCRIPTION=(CONNECT_TIMEOUT=${seconds})(TRANSPORT_CONNECT_TIMEOUT=${seconds})` +
    `(ADDRESS=(PROTOCOL=${options.tls === true ? "TCPS" : "TCP"})(HOST=${host})(PORT=${port}))` +
    `(CONNECT_DATA=(${database})))`
  );
}

/** Whole seconds, as descriptors count. */
export const secondsOf = ({ connectTimeoutMs = defaults.connectTimeoutMs }: OracleOptions) =>
  Math.ceil(connectTimeoutMs / 1000);

/** What errors call the place. */
export function addressOf(options: OracleOptions): string {
  const { connectString, host = defaults.host, port = defaults.port, service, sid } = options;
  if (connectString !== undefined)
    return connectString.length > 60 ? `${connectString.slice(0, 60)}…` : connectString;
  return sid === undefined ? `${host}:${port}/${service}` : `${host}:${port}:${sid}`;
}
