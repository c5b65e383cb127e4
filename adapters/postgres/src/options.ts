import {
  connectionOptions,
  patience,
  tlsOption,
  type TimeoutOptions,
  type TlsOptions,
} from "@qianzhi/sql";

export interface PostgresOptions extends TimeoutOptions {
  /** Host name or address; a path is the folder of a local socket. */
  readonly host?: string;
  readonly port?: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** The schema in which tables with one-part names are. */
  readonly schema?: string;
  /** What the names of slots and publications begin with, so that two agents read one table each by a feed of its own. */
  readonly feed?: string;
  /** Default: not encrypted. */
  readonly tls?: boolean | TlsOptions;
}

export const defaults = {
  host: "127.0.0.1",
  port: 5432,
  schema: "public",
  feed: "qianzhi",
  ...patience,
} as const;

const name = connectionOptions.word;

export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["user", "database"],
  properties: {
    host: {
      ...name,
      default: defaults.host,
      description: "Host name or address of the server, or the folder of its local socket.",
    },
    port: { ...connectionOptions.port, default: defaults.port },
    user: name,
    password: { type: "string" },
    database: name,
    schema: {
      ...name,
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
    ...connectionOptions.timeouts,
  },
} as const;
