/** A request as the platform sees it, whatever carried it. */
export interface PlatformRequest {
  readonly method: string;
  /** Path and query, percent-encoded as on the request line. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface PlatformResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Hold the answer back so long: the sandbox was told to be slow. */
  readonly delayMs?: number;
  /** Cut the connection instead of answering: the sandbox was told to. */
  readonly dropped?: true;
}

/** An answer of JSON, given as a value or as text that is already JSON. */
export function json(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): PlatformResponse {
  return text(status, "application/json", JSON.stringify(value), headers);
}

export function text(
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): PlatformResponse {
  return { status, headers: { "content-type": type, ...headers }, body: Buffer.from(body, "utf8") };
}

export function empty(status: number, headers: Record<string, string> = {}): PlatformResponse {
  return { status, headers, body: new Uint8Array() };
}
