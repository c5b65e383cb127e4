import {
  connectionOptions,
  patience,
  tlsOption,
  type TimeoutOptions,
  type TlsOptions,
} from "@qianzhi/sql";

export interface MysqlOptions extends TimeoutOptions {
  readonly host?: string;
  readonly port?: number;
  /** Path of a local socket, instead of host and port. */
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  /** The database in which tables with one-part names are. */
  readonly database: string;
  /** Default: not encrypted. */
  readonly tls?: boolean | TlsOptions;
}

export const defaults = {
  host: "127.0.0.1",
  port: 3306,
  ...patience,
} as const;

export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["user", "database"],
  properties: {
    host: {
      ...connectionOptions.word,
      default: defaults.host,
      description: "Host name or address of the server.",
    },
    port: { ...connectionOptions.port, default: defaults.port },
    socketPath: {
      ...connectionOptions.word,
      description: "Path of a local socket, instead of host and port.",
    },
    user: connectionOptions.word,
    password: { type: "string" },
    database: {
      ...connectionOptions.word,
      description: "The database in which tables with one-part names are.",
    },
    tls: tlsOption("Encryption of the connection. Default: none.", ["full", "ca", "none"]),
    ...connectionOptions.timeouts,
  },
} as const;
