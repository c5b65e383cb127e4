import { connectionOptions, patience, tlsOption } from "@qianzhi/sql";

/** How the connection is encrypted. `true` in the configuration stands for `{ verify: "full" }`. */
export interface TlsOptions {
  /** PEM text of the authority that signed the server's certificate, when it is a private one. */
  readonly ca?: string;
  /** `full` checks signature and host name, `ca` the signature alone, `none` nothing. Default `full`. */
  readonly verify?: "full" | "ca" | "none";
  /** Lowest protocol version taken; servers before 5.7 speak `TLSv1` alone. Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

export interface MysqlOptions {
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
  readonly connectTimeoutMs?: number;
  /** A statement that runs longer is stopped, by the server itself where it can. */
  readonly statementTimeoutMs?: number;
  /** A lock on a table (ALTER TABLE, a backup) is waited for this long; the server counts whole seconds. */
  readonly lockTimeoutMs?: number;
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
    connectTimeoutMs: connectionOptions.connectTimeoutMs,
    statementTimeoutMs: connectionOptions.statementTimeoutMs,
    lockTimeoutMs: connectionOptions.lockTimeoutMs,
  },
} as const;
