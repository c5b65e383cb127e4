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
  /** A server on the same network answers in milliseconds, a firewall that drops packets never. */
  connectTimeoutMs: 10_000,
  /** One page without a usable index on a large table can take minutes. */
  statementTimeoutMs: 300_000,
  /** Long enough for what applications lock, short against a backup. */
  lockTimeoutMs: 10_000,
} as const;

const milliseconds = { type: "integer", minimum: 100, maximum: 86_400_000 };

export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["user", "database"],
  properties: {
    host: {
      type: "string",
      minLength: 1,
      default: defaults.host,
      description: "Host name or address of the server.",
    },
    port: { type: "integer", minimum: 1, maximum: 65_535, default: defaults.port },
    socketPath: {
      type: "string",
      minLength: 1,
      description: "Path of a local socket, instead of host and port.",
    },
    user: { type: "string", minLength: 1 },
    password: { type: "string" },
    database: {
      type: "string",
      minLength: 1,
      description: "The database in which tables with one-part names are.",
    },
    tls: {
      description: "Encryption of the connection. Default: none.",
      anyOf: [
        { type: "boolean" },
        {
          type: "object",
          additionalProperties: false,
          properties: {
            ca: { type: "string", description: "PEM text of a private certificate authority." },
            verify: { enum: ["full", "ca", "none"], default: "full" },
            minVersion: { enum: ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], default: "TLSv1.2" },
          },
        },
      ],
    },
    connectTimeoutMs: { ...milliseconds, default: defaults.connectTimeoutMs },
    statementTimeoutMs: { ...milliseconds, default: defaults.statementTimeoutMs },
    lockTimeoutMs: { ...milliseconds, default: defaults.lockTimeoutMs },
  },
} as const;
