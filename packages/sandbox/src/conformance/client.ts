import { randomBytes, type KeyObject } from "node:crypto";
import { QianzhiError } from "@qianzhi/sdk";
import { signRequest } from "./sign.ts";

/** One request of a conformance case. Signed as the site unless it says otherwise. */
export interface Ask {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | object;
  /** Default `site`. */
  readonly as?: "site" | "operator" | "anyone";
  /** Signs with other values than it should. */
  readonly signing?: {
    readonly keyid?: string;
    readonly created?: number;
    readonly nonce?: string;
  };
  /** Changes the request after it was signed. */
  readonly tamper?: (request: Outgoing) => Outgoing;
}

/** A request as it goes out. */
export interface Outgoing {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; empty when it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ClientOptions {
  /** Where the platform is; a path before `/v1` is kept. */
  readonly url: string;
  readonly site: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly enrolmentToken?: string | undefined;
  /** The platform's own time, in seconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

export type Client = (target: string, ask?: Ask) => Promise<Answer>;

/** A plain HTTP client that can also do what a client must not. */
export function createClient(options: ClientOptions): Client {
  const { url, site, keyId, privateKey, enrolmentToken, now, signal } = options;
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, "");

  return async (
    path,
    { method = "GET", headers = {}, body, as = "site", signing = {}, tamper } = {},
  ) => {
    const target = `${prefix}${path}`;
    const bytes =
      body === undefined || body instanceof Uint8Array
        ? body
        : Buffer.from(JSON.stringify(body), "utf8");
    const typed = {
      ...(bytes === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    };
    const unsigned = {
      method,
      target,
      headers: typed,
      ...(bytes === undefined ? {} : { body: bytes }),
    };
    const key = {
      keyid: `${site}/${keyId}`,
      created: now(),
      nonce: randomBytes(16).toString("hex"),
      privateKey,
      ...signing,
    };
    const authorised =
      as === "site"
        ? signRequest(unsigned, key)
        : as === "operator"
          ? { ...typed, authorization: `Bearer ${enrolmentToken ?? ""}` }
          : typed;
    const outgoing: Outgoing = { method, target, headers: authorised, body: bytes };
    return send(base, tamper === undefined ? outgoing : tamper(outgoing), signal);
  };
}

/** A platform that takes longer for one request has no answer. */
const REQUEST_MS = 60_000;

/** Throws QZ_PLATFORM_UNREACHABLE when there is no answer. */
async function send(
  base: URL,
  { method, target, headers, body }: Outgoing,
  signal?: AbortSignal,
): Promise<Answer> {
  const limit = AbortSignal.timeout(REQUEST_MS);
  const ask = async () => {
    const response = await fetch(new URL(target, base), {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    return { response, text: await response.text() };
  };
  const { response, text } = await ask().catch((cause: unknown) => {
    throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: base.host }, { cause });
  });
  return { status: response.status, headers: response.headers, text, json: asObject(text) };
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
