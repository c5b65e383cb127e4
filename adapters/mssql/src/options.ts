import {
  connectionOptions,
  LOCAL,
  patience,
  serverOptions,
  tlsOption,
  type ServerOptions,
} from "@qianzhi/sql";

/** How the connection is encrypted. `true` in the configuration, and nothing said, stand for `{}`. */
export interface TlsOptions {
  /** PEM text of the authority that signed the server's certificate, when it is a private one. */
  readonly ca?: string;
  /** `none` takes any certificate, as servers make for themselves; somebody in between is then not noticed. */
  readonly verify?: "full" | "none";
  /** The name in the server's certificate, when it is not `host`. */
  readonly serverName?: string;
  /** Lowest protocol version taken; servers before 2012 may speak `TLSv1` alone. Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2";
}

/** `database` is that in which tables with names of one or two parts are. */
export interface MssqlOptions extends ServerOptions {
  /** A named instance, `SQLEXPRESS`; needs UDP port 1434 when no port is given. */
  readonly instance?: string;
  /** Windows domain: the login is then by NTLM. */
  readonly domain?: string;
  /** `false`: password and rows travel in clear text. Default: encrypted, and refused where the server cannot. */
  readonly tls?: boolean | TlsOptions;
  /** Newest protocol offered; for servers that refuse a newer one than theirs. Default `7_4`. */
  readonly tdsVersion?: "7_1" | "7_2" | "7_3_A" | "7_3_B" | "7_4";
  /** Lets an availability group send the session to a readable secondary. Default true. */
  readonly readOnlyIntent?: boolean;
  /** Trust the lists of who writes for date columns: once the conformance suite has passed against this server. */
  readonly exactHorizon?: boolean;
}

export const defaults = {
  host: LOCAL,
  port: 1433,
  ...patience,
} as const;

const { word } = connectionOptions;

export const optionsSchema = serverOptions(defaults.port, {
  // No default stands here: with `instance` it would be filled in, and hide what the browser service names.
  port: {
    ...connectionOptions.port,
    description: "Default 1433; with `instance`, what its browser service names.",
  },
  instance: { ...word, description: "A named instance, SQLEXPRESS; needs UDP port 1434." },
  domain: { ...word, description: "Windows domain: the login is then by NTLM." },
  database: { ...word, description: "The database in which tables without another one are." },
  tls: tlsOption(
    "Encryption of the connection. Default: required. `false` sends password and rows in clear text.",
    ["full", "none"],
    {
      serverName: { ...word, description: "The name in the server's certificate." },
      minVersion: { enum: ["TLSv1", "TLSv1.1", "TLSv1.2"], default: "TLSv1.2" },
    },
  ),
  tdsVersion: { enum: ["7_1", "7_2", "7_3_A", "7_3_B", "7_4"], default: "7_4" },
  readOnlyIntent: {
    type: "boolean",
    default: true,
    description: "Lets an availability group send the session to a readable secondary.",
  },
  exactHorizon: {
    type: "boolean",
    description:
      "Trust the server's lists of who writes, for date columns: once the conformance suite has passed against it.",
  },
});
