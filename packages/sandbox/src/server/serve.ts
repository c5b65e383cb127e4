import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { QianzhiError, type Timers } from "@qianzhi/sdk";
import type { Handler } from "../http/handler.ts";
import type { PlatformResponse } from "../http/message.ts";
import { invalidRequest, problem } from "../http/problem.ts";

/** PEM texts. With `clientAuthority` a client must show a certificate of that authority. */
export interface TlsOptions {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority?: string;
}

export interface ServeOptions {
  readonly timers: Timers;
  readonly maxBatchBytes: number;
  readonly tls?: TlsOptions;
}

/** Room for the overhead of a content encoding on a body that does not compress. */
const ENCODING_OVERHEAD_BYTES = 64 * 1024;

/** A Fastify server that only carries requests to the handler, and its answers back. */
export function serve(
  handler: Handler,
  { timers, maxBatchBytes, tls }: ServeOptions,
): FastifyInstance {
  const server = fastify({
    bodyLimit: maxBatchBytes + ENCODING_OVERHEAD_BYTES,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    ...httpsOptions(tls),
  }) as FastifyInstance;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  server.setErrorHandler(async (error, _request, reply) =>
    send(reply, problem(serverError(error, maxBatchBytes))),
  );
  server.all("/*", async (request, reply) => answer(handler, timers, request, reply));
  return server;
}

function httpsOptions(tls: TlsOptions | undefined): object {
  if (tls === undefined) return {};
  const { certificate: cert, key, clientAuthority: ca } = tls;
  return {
    https: {
      cert,
      key,
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    },
  };
}

async function answer(
  handler: Handler,
  timers: Timers,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const response = handler({
    method: request.method,
    target: request.raw.url ?? "/",
    headers: joined(request.headers),
    body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
  });
  if (response.delayMs !== undefined) await timers.sleep(response.delayMs);
  if (response.dropped === true) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  await send(reply, response);
}

async function send(
  reply: FastifyReply,
  { status, headers, body }: PlatformResponse,
): Promise<void> {
  await reply
    .code(status)
    .headers(headers)
    .send(status === 204 || status === 304 ? undefined : Buffer.from(body));
}

/** What Fastify itself refuses, before the handler sees it. */
function serverError(error: unknown, maxBatchBytes: number): QianzhiError {
  const { statusCode = 500, code } = error as {
    readonly statusCode?: number;
    readonly code?: string;
  };
  if (statusCode === 413)
    return new QianzhiError("QZ_BATCH_TOO_LARGE", { limit: maxBatchBytes, maxBatchBytes });
  if (statusCode < 500)
    return invalidRequest(code ?? "the server cannot read the request", { status: statusCode });
  return new QianzhiError("QZ_PLATFORM_FAULT", { status: 500 }, { cause: error });
}

function joined(headers: FastifyRequest["headers"]): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
}
