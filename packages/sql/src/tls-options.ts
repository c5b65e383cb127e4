/** How a connection is encrypted. `true` in the configuration stands for `{ verify: "full" }`. */
export interface TlsOptions {
  /** PEM text of the authority that signed the server's certificate, when it is a private one. */
  readonly ca?: string;
  /** `full` checks signature and host name, `ca` the signature alone, `none` nothing. Default `full`. */
  readonly verify?: "full" | "ca" | "none";
  /** Lowest protocol version taken; servers of their time may speak `TLSv1` alone. Default `TLSv1.2`. */
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

/** The schema of the option: `true` and `false`, or how the server's certificate is checked. */
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

/** The part of it that the runtime's TLS takes as it is. */
export function tlsContext({ ca, minVersion = "TLSv1.2" }: TlsOptions): object {
  const old = minVersion === "TLSv1" || minVersion === "TLSv1.1";
  return {
    minVersion,
    ...(ca === undefined ? {} : { ca }),
    // What protected those versions is refused by OpenSSL's default level.
    ...(old ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
  };
}
