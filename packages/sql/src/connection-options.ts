/** How long a server is waited for, where an adapter's options say nothing else. */
export const patience = {
  /** A server on the same network answers in milliseconds, a firewall that drops packets never. */
  connectTimeoutMs: 10_000,
  /** One page without a usable index on a large table can take minutes. */
  statementTimeoutMs: 300_000,
  /** Long enough for what applications lock, short against a backup or a rebuild. */
  lockTimeoutMs: 10_000,
} as const;

const milliseconds = { type: "integer", minimum: 100, maximum: 86_400_000 };
const port = { type: "integer", minimum: 1, maximum: 65_535 };
const word = { type: "string", minLength: 1 };

/** Schemas of options that many adapters have. A description, or a default, is added where it is used. */
export const connectionOptions = {
  word,
  port,
  connectTimeoutMs: { ...milliseconds, default: patience.connectTimeoutMs },
  statementTimeoutMs: { ...milliseconds, default: patience.statementTimeoutMs },
  lockTimeoutMs: { ...milliseconds, default: patience.lockTimeoutMs },
} as const;

/** How a connection is encrypted: `true` and `false`, or how the server's certificate is checked. */
export const tlsOption = (
  description: string,
  verify: readonly string[],
  more: Readonly<Record<string, object>> = {},
) => ({
  description,
  anyOf: [
    { type: "boolean" },
    {
      type: "object",
      additionalProperties: false,
      properties: {
        ca: { type: "string", description: "PEM text of a private certificate authority." },
        verify: { enum: verify, default: "full" },
        minVersion: { enum: ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], default: "TLSv1.2" },
        ...more,
      },
    },
  ],
});
