import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { QianzhiError } from "@qianzhi/sdk";

type Connected = (error: Error | null, socket?: Duplex) => void;

/**
 * TLS to the platform through a proxy's CONNECT tunnel, kept alive. Fails with QZ_PROXY_UNREACHABLE or QZ_PROXY_REFUSED. A
 * proxy that does not answer within `timeoutMs` is given up: the request that waited for the tunnel is over by then and would
 * leave it behind.
 */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;
  readonly #timeoutMs: number;
  readonly #pending = new Set<http.ClientRequest>();

  constructor(proxy: URL, timeoutMs: number, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#timeoutMs = timeoutMs;
  }

  override destroy(): void {
    for (const request of this.#pending) request.destroy();
    super.destroy();
  }

  // Node calls back when the socket is not returned; its types know only the synchronous form of older versions.
  override createConnection(options: tls.ConnectionOptions, connected: Connected): never {
    this.#connect(options, connected);
    return undefined as never;
  }

  #connect(options: tls.ConnectionOptions, connected: Connected): void {
    const proxy = this.#proxy;
    const authority = `${bracketed(options.host ?? "")}:${options.port}`;
    const request = (proxy.protocol === "https:" ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxyPort(proxy),
      method: "CONNECT",
      path: authority,
      agent: false,
      timeout: this.#timeoutMs,
      headers: { host: authority, ...authorization(proxy) },
    });
    this.#pending.add(request);
    const settled: Connected = (error, socket) => {
      this.#pending.delete(request);
      connected(error, socket);
    };
    request.once("timeout", () => request.destroy());
    request.once("connect", (response: http.IncomingMessage, socket: Socket) => {
      // The time was for the answer: a tunnel may be idle.
      socket.removeAllListeners("timeout");
      if (response.statusCode === 200) {
        // `path` would be taken for a local socket.
        const { path: _, ...secured } = options;
        settled(null, tls.connect({ ...secured, socket }));
        return;
      }
      socket.destroy();
      settled(
        new QianzhiError("QZ_PROXY_REFUSED", {
          address: addressOf(proxy),
          status: response.statusCode,
        }),
      );
    });
    // A proxy that answers CONNECT like any other request.
    request.once("response", (response) => {
      response.destroy();
      settled(
        new QianzhiError("QZ_PROXY_REFUSED", {
          address: addressOf(proxy),
          status: response.statusCode,
        }),
      );
    });
    request.once("error", (error) => {
      settled(
        new QianzhiError("QZ_PROXY_UNREACHABLE", { address: addressOf(proxy) }, { cause: error }),
      );
    });
    request.end();
  }
}

/** Host and port of a proxy, without its user and password. */
export function addressOf(proxy: URL): string {
  return `${proxy.hostname}:${proxyPort(proxy)}`;
}

export function proxyPort(proxy: URL): number {
  return proxy.port === "" ? (proxy.protocol === "https:" ? 443 : 80) : Number(proxy.port);
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === "") return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
