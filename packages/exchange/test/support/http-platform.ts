import { createHash, createPublicKey, verify } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { PROTOCOL, QianzhiError, type BatchManifest, type EpochRequest } from "@qianzhi/sdk";
import { memoryPlatform, type MemoryPlatform } from "./memory-platform.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpPlatform {
  readonly url: string;
  readonly port: number;
  readonly platform: MemoryPlatform;
  readonly seen: Seen[];
  /** How many connections were accepted. */
  connections: number;
  /** Answers in place of the platform when it returns true. */
  intercept: (request: Seen, response: http.ServerResponse) => boolean;
}

type After = { after(work: () => Promise<void>): void };

/** The platform in memory behind HTTP: enough of docs/protocol.md for the target. */
export async function httpPlatform(t: After, tls?: https.ServerOptions): Promise<HttpPlatform> {
  const platform = memoryPlatform();
  const answer: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const seen = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      served.seen.push(seen);
      if (!served.intercept(seen, response)) void reply(platform, seen, response);
    });
  };
  const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
  const port = await listen(t, server);
  const served: HttpPlatform = {
    platform,
    port,
    seen: [],
    connections: 0,
    intercept: () => false,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
  };
  server.on("connection", () => void (served.connections += 1));
  return served;
}

async function reply(
  platform: MemoryPlatform,
  { url, body, headers }: Seen,
  response: http.ServerResponse,
): Promise<void> {
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
  try {
    send(200, await answerTo(platform, url, body, headers));
  } catch (error) {
    if (!QianzhiError.is(error)) throw error;
    const status = error.code === "QZ_STREAM_UNKNOWN" ? 404 : 409;
    send(status, { code: error.code, status, title: error.message, ...error.details });
  }
}

async function answerTo(
  platform: MemoryPlatform,
  url: string,
  body: Buffer,
  headers: http.IncomingHttpHeaders,
): Promise<unknown> {
  const { target } = platform;
  const signal = new AbortController().signal;
  if (url === "/v1") {
    return {
      protocol: PROTOCOL,
      levels: [1, 2],
      maxBatchBytes: 1_000_000,
      encodings: ["gzip", "identity"],
    };
  }
  const stream = /^\/v1\/exchange\/([^/]+)\/streams\/([^/]+)\/([^/]+)(\/epoch)?$/.exec(url);
  if (stream !== null) {
    const [resource = "", site = "", pipeline = ""] = stream
      .slice(1, 4)
      .map((part) => decodeURIComponent(part));
    const name = { resource, site, pipeline };
    if (stream[4] !== undefined)
      return target.openEpoch?.(name, JSON.parse(String(body)) as EpochRequest, signal);
    const position = await target.position?.(name, signal);
    if (position === undefined) throw new QianzhiError("QZ_STREAM_UNKNOWN", name);
    return position;
  }
  const encoding = headers["content-encoding"] === "gzip" ? "gzip" : "identity";
  const bytes = encoding === "gzip" ? gunzipSync(body) : body;
  const manifest = JSON.parse(bytes.toString().split("\n")[0] ?? "") as BatchManifest;
  const digest = createHash("sha256").update(bytes).digest("hex");
  const delivery = await target.deliver(
    { manifest, digest, uncompressedBytes: bytes.length, encoding, body },
    signal,
  );
  return "receipt" in delivery ? delivery.receipt : delivery;
}

/** A forward proxy: CONNECT tunnels, and plain requests by absolute address. */
export async function forwardProxy(t: After, options: { readonly user?: string } = {}) {
  const used: string[] = [];
  const refused = (headers: http.IncomingHttpHeaders): boolean =>
    options.user !== undefined &&
    headers["proxy-authorization"] !== `Basic ${Buffer.from(options.user).toString("base64")}`;
  const server = http.createServer((request, response) => {
    used.push(`${request.method} ${request.url}`);
    if (refused(request.headers)) return void response.writeHead(407).end();
    const onward = http.request(
      request.url ?? "",
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  server.on("connect", (request: http.IncomingMessage, socket: Socket) => {
    used.push(`CONNECT ${request.url}`);
    if (refused(request.headers))
      return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const port = await listen(t, server);
  return { url: `http://127.0.0.1:${port}`, port, used };
}

async function listen(t: After, server: http.Server | https.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** Checks a request's signature by rebuilding its base from the request alone, RFC 9421 section 2.5. */
export function isSigned({ method, url, headers }: Seen, publicKey: string): boolean {
  const input = String(headers["signature-input"]).slice("qianzhi=".length);
  const names = [...(/^\(([^)]*)\)/.exec(input)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  const [path = "", query] = url.split("?");
  const derived: Record<string, string> = {
    "@method": method,
    "@path": path,
    "@query": `?${query ?? ""}`,
  };
  const lines = names.map((name) => `"${name}": ${derived[name] ?? String(headers[name])}`);
  const base = [...lines, `"@signature-params": ${input}`].join("\n");
  const signature = Buffer.from(
    String(headers["signature"]).slice("qianzhi=:".length, -1),
    "base64",
  );
  const x = Buffer.from(publicKey, "base64").toString("base64url");
  return verify(
    null,
    Buffer.from(base),
    createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
    signature,
  );
}
