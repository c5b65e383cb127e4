import {
  connectionOptions,
  LOCAL,
  patience,
  serverOptions,
  tlsOption,
  type ServerOptions,
  type TlsOptions,
} from "@qianzhi/sql";

/** A path as `host` is the folder of a local socket. */
export interface PostgresOptions extends ServerOptions {
  /** The schema in which tables with one-part names are. */
  readonly schema?: string;
  /** What the names of slots and publications begin with, so that two agents read one table each by a feed of its own. */
  readonly feed?: string;
  /** Default: not encrypted. */
  readonly tls?: boolean | TlsOptions;
}

export const defaults = {
  host: LOCAL,
  port: 5432,
  schema: "public",
  feed: "qianzhi",
  ...patience,
} as const;

const { word } = connectionOptions;

export const optionsSchema = serverOptions(defaults.port, {
  host: {
    ...word,
    default: defaults.host,
    description: "Host name or address of the server, or the folder of its local socket.",
  },
  schema: {
    ...word,
    default: defaults.schema,
    description: "The schema in which tables with one-part names are.",
  },
  feed: {
    type: "string",
    pattern: "^[a-z][a-z0-9_]{0,11}$",
    default: defaults.feed,
    description:
      "What the names of slots and publications begin with: another word for each agent that reads the same tables in mode native.",
  },
  tls: tlsOption("Encryption of the connection. Default: none.", ["full", "ca", "none"]),
});
