import {
  connectionOptions,
  LOCAL,
  patience,
  serverOptions,
  tlsOption,
  type ServerOptions,
  type TlsOptions,
} from "@qianzhi/sql";

/** `database` is that in which tables with one-part names are. */
export interface MysqlOptions extends ServerOptions {
  /** Path of a local socket, instead of host and port. */
  readonly socketPath?: string;
  /** Default: not encrypted. */
  readonly tls?: boolean | TlsOptions;
}

export const defaults = {
  host: LOCAL,
  port: 3306,
  ...patience,
} as const;

const { word } = connectionOptions;

export const optionsSchema = serverOptions(defaults.port, {
  socketPath: { ...word, description: "Path of a local socket, instead of host and port." },
  database: { ...word, description: "The database in which tables with one-part names are." },
  tls: tlsOption("Encryption of the connection. Default: none.", ["full", "ca", "none"]),
});
