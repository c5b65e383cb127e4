import type { Names } from "./profile.ts";
import { resourcesSchema } from "./profile-schema.ts";

export interface TlsOptions {
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca?: string;
  readonly verify?: "full" | "none";
}

export interface TablesOptions {
  readonly engine: "mysql" | "postgres";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** Of PostgreSQL; everything is looked for in this one alone. */
  readonly schema: string;
  readonly tls?: boolean | TlsOptions;
  /** A shipped profile's name, or the path of a file. */
  readonly profile: string;
  readonly dataSource?: string;
  /** Added to those of the profile. */
  readonly resources?: Readonly<Record<string, Names>>;
  /** Offset in which times without zone are written. */
  readonly offset: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Ports of the engines, for options that name none. */
export const defaultPorts = { mysql: 3306, postgres: 5432 } as const;

const text = { type: "string", minLength: 1 };
const milliseconds = (fallback: number) => ({
  type: "integer",
  minimum: 100,
  maximum: 3_600_000,
  default: fallback,
});

export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["engine", "user", "database"],
  properties: {
    engine: { type: "string", enum: ["mysql", "postgres"] },
    host: { ...text, default: "127.0.0.1" },
    port: { type: "integer", minimum: 1, maximum: 65_535 },
    user: text,
    password: { type: "string" },
    database: text,
    schema: { ...text, default: "public" },
    tls: {
      anyOf: [
        { type: "boolean" },
        {
          type: "object",
          additionalProperties: false,
          properties: { ca: text, verify: { type: "string", enum: ["full", "none"] } },
        },
      ],
    },
    profile: { ...text, default: "national" },
    dataSource: text,
    resources: resourcesSchema,
    offset: {
      type: "string",
      pattern: "^(?!-00:00)[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
      default: "+08:00",
      expects: [
        'must be an offset in quotes such as "+08:00"',
        '应为加引号的时区偏移，如 "+08:00"',
      ],
    },
    maxConnections: { type: "integer", minimum: 1, maximum: 16, default: 4 },
    connectTimeoutMs: milliseconds(10_000),
    statementTimeoutMs: milliseconds(60_000),
  },
} as const;
