import * as http from "node:http";
import * as https from "node:https";
import type { AxiosInstance, AxiosRequestConfig } from "axios";
import { QianzhiError, type World } from "@qianzhi/sdk";
import { bypassesProxy } from "./no-proxy.ts";
import type { Signer } from "./sign-request.ts";
import { transportError, type Route } from "./transport-error.ts";
import { addressOf, proxyPort, TunnelAgent } from "./tunnel-agent.ts";

export interface ConnectionSettings {
  /** Base of the platform's paths, `https://exchange.example:8443/api`. */
  readonly url: string;
  /** PEM text of a private certificate authority, in place of the runtime's own. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** `http://user:password@host:port`. HTTPS goes through its CONNECT tunnel, plain HTTP as a proxied request. */
  readonly proxy?: string;
  readonly noProxy?: readonly string[];
  /** For one whole exchange of request and answer. */
  readonly timeoutMs: number;
  /** Simultaneous connections. */
  readonly maxConnections?: number;
}

export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the base, with the query. */
  readonly path: string;
  /** The path is below the root of the server. */
  readonly fromRoot?: true;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** In place of a signature. */
  readonly bearer?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface HttpClient {
  readonly address: string;
  /** One attempt. Every status is an answer; without an answer a typed error is thrown. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

const DEFAULT_CONNECTIONS = 16;
/** Bucket digests and receipts are the largest answers; anything beyond is not a platform's. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function createHttpClient(
  settings: ConnectionSettings,
  signer: Signer,
  world: World,
): HttpClient {
  const base = new URL(settings.url);
  const secure = base.protocol === "https:";
  const proxy = proxyFor(base, settings);
  const route: Route = {
    address: base.host,
    ...(proxy !== undefined && !secure ? { plainProxy: addressOf(proxy) } : {}),
  };
  const agent = createAgent(settings, secure, proxy);
  const config: AxiosRequestConfig = {
    adapter: "http",
    maxRedirects: 0,
    responseType: "arraybuffer",
    validateStatus: () => true,
    maxContentLength: MAX_ANSWER_BYTES,
    maxBodyLength: Infinity,
    transformRequest: [(data: unknown) => data],
    ...(secure ? { httpsAgent: agent } : { httpAgent: agent }),
    proxy: proxy !== undefined && !secure ? plainProxy(proxy) : false,
  };
  let axios: Promise<AxiosInstance> | undefined;

  return {
    address: base.host,
    async send(request, signal) {
      // Loaded with the first request: an agent that only seals starts without it.
      axios ??= import("axios").then((module) => module.default.create(config));
      const client = await axios;
      const below = request.fromRoot === true ? "" : base.pathname.replace(/\/$/, "");
      const target = below + request.path;
      const attempt = (limited: AbortSignal): Promise<unknown> =>
        client.request({
          url: base.origin + target,
          method: request.method,
          signal: limited,
          headers: headersOf(request, target, signer),
          ...(request.body === undefined ? {} : { data: asBuffer(request.body) }),
        });
      const { answer, timedOut } = await withinTime(world, settings.timeoutMs, signal, (limited) =>
        attempt(limited).catch((error: unknown) => {
          // The other side closed an idle connection just as it was used again: that was no attempt yet.
          if (isStale(error) && !limited.aborted) return attempt(limited);
          throw error;
        }),
      );
      if (timedOut) throw new QianzhiError("QZ_PLATFORM_TIMEOUT", { limitMs: settings.timeoutMs });
      if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: request.path });
      if ("error" in answer) throw transportError(answer.error, route);
      const { status, headers, data } = answer.value as {
        status: number;
        headers: HttpAnswer["headers"];
        data: Buffer;
      };
      if (status === 407)
        throw new QianzhiError("QZ_PROXY_REFUSED", {
          address: route.plainProxy ?? base.host,
          status,
        });
      return { status, headers, body: data };
    },
    close: () => agent.destroy(),
  };
}

/** axios takes no other view of bytes. */
const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function isStale(error: unknown): boolean {
  const { code, request } = error as { code?: unknown; request?: { reusedSocket?: unknown } };
  return (code === "ECONNRESET" || code === "EPIPE") && request?.reusedSocket === true;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Runs `work` under a signal that also aborts after `ms`; the timer is gone when it ends. */
async function withinTime(
  world: World,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ readonly answer: Outcome; readonly timedOut: boolean }> {
  const deadline = new AbortController();
  const finished = new AbortController();
  let ended = false;
  let timedOut = false;
  const timer = world.timers.sleep(ms, finished.signal).then(() => {
    if (ended || signal.aborted) return;
    timedOut = true;
    deadline.abort();
  });
  const answer = await work(AbortSignal.any([signal, deadline.signal])).then(
    (value): Outcome => ({ value }),
    (error: unknown): Outcome => ({ error }),
  );
  ended = true;
  finished.abort();
  await timer;
  return { answer, timedOut: timedOut && "error" in answer };
}

function headersOf(request: HttpRequest, target: string, signer: Signer): Record<string, string> {
  const { method, body, contentType, bearer } = request;
  return {
    accept: "application/json, application/problem+json",
    ...request.headers,
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    ...(bearer === undefined
      ? signer.sign({
          method,
          target,
          ...(body === undefined ? {} : { body, contentType: contentType ?? "" }),
        })
      : { authorization: `Bearer ${bearer}` }),
  };
}

function proxyFor(base: URL, { proxy, noProxy = [] }: ConnectionSettings): URL | undefined {
  if (
    proxy === undefined ||
    bypassesProxy(base, noProxy, base.protocol === "https:" ? "443" : "80")
  )
    return undefined;
  return new URL(proxy);
}

function createAgent(
  settings: ConnectionSettings,
  secure: boolean,
  proxy: URL | undefined,
): http.Agent {
  const { ca, clientCertificate: own } = settings;
  const common = { keepAlive: true, maxSockets: settings.maxConnections ?? DEFAULT_CONNECTIONS };
  if (!secure) return new http.Agent(common);
  const options: https.AgentOptions = {
    ...common,
    ...(ca === undefined ? {} : { ca }),
    ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
  };
  return proxy === undefined
    ? new https.Agent(options)
    : new TunnelAgent(proxy, settings.timeoutMs, options);
}

function plainProxy(proxy: URL) {
  const { username, password } = proxy;
  return {
    protocol: proxy.protocol,
    host: proxy.hostname,
    port: proxyPort(proxy),
    ...(username === ""
      ? {}
      : {
          auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
        }),
  };
}
