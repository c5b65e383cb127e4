/** How long a server is waited for, where an adapter's options say nothing else. */
export const patience = {
  /** A server on the same network answers in milliseconds, a firewall that drops packets never. */
  connectTimeoutMs: 10_000,
  /** One page without a usable index on a large table can take minutes. */
  statementTimeoutMs: 300_000,
  /** Long enough for what applications lock, short against a backup or a rebuild. */
  lockTimeoutMs: 10_000,
} as const;

/** What an operator may say instead. */
export interface TimeoutOptions {
  readonly connectTimeoutMs?: number;
  /** A statement that runs longer is stopped, by the server itself where it can. */
  readonly statementTimeoutMs?: number;
  /** What somebody else has locked (ALTER TABLE, a backup, a row) is waited for this long. */
  readonly lockTimeoutMs?: number;
}

/** Where a server is, and who reads there. */
export interface ServerOptions extends TimeoutOptions {
  readonly host?: string;
  readonly port?: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}

/** Where a server is that no option names. */
export const LOCAL = "127.0.0.1";

const milliseconds = { type: "integer", minimum: 100, maximum: 86_400_000 };

/** Schemas of options that many adapters have. A description, or a default, is added where it is used. */
export const connectionOptions = {
  word: { type: "string", minLength: 1 },
  port: { type: "integer", minimum: 1, maximum: 65_535 },
  timeouts: {
    connectTimeoutMs: { ...milliseconds, default: patience.connectTimeoutMs },
    statementTimeoutMs: { ...milliseconds, default: patience.statementTimeoutMs },
    lockTimeoutMs: { ...milliseconds, default: patience.lockTimeoutMs },
  },
} as const;

/** The schema of {@link ServerOptions}, with an adapter's own beside them; one of the same name stands for the common one. */
export const serverOptions = <Own extends Readonly<Record<string, object>>>(
  port: number,
  own: Own,
) => {
  const { word, timeouts } = connectionOptions;
  const description = "Host name or address of the server.";
  return {
    type: "object",
    additionalProperties: false,
    required: ["user", "database"],
    properties: {
      host: { ...word, default: LOCAL, description },
      port: { ...connectionOptions.port, default: port },
      user: word,
      password: { type: "string" },
      database: word,
      ...own,
      ...timeouts,
    },
  } as const;
};
