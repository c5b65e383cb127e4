import { QianzhiError, type Log } from "@qianzhi/sdk";
import type { Platform } from "../platform/create-platform.ts";
import { authorise } from "./authorise.ts";
import { checkContentDigest, decode } from "./content.ts";
import { matcher, type Match } from "./match.ts";
import { empty, type PlatformRequest, type PlatformResponse } from "./message.ts";
import { invalidRequest, problem } from "./problem.ts";
import { routes } from "./routes.ts";
import { SignatureVerifier } from "./signature.ts";
import { checkBody, checkPath, readQuery } from "./validate.ts";

export interface HandlerOptions {
  /** Bearer token of whoever operates the platform: registers keys, grants, tells it to misbehave. */
  readonly enrolmentToken: string;
  /** Whether anybody may read positions, receipts, digests and records. Default true. */
  readonly openReads?: boolean;
  /** Is told of faults of the platform itself. */
  readonly log?: Log;
}

/** Answers one request; never throws. */
export type Handler = (request: PlatformRequest) => PlatformResponse;

/** The HTTP face of a platform, without a server: it can be called in process. */
export function createHandler(platform: Platform, options: HandlerOptions): Handler {
  const { enrolmentToken, openReads = true, log } = options;
  const find = matcher(routes);
  const { limits, sites, clock, behaviour } = platform;
  const signatures = new SignatureVerifier({ clock, limits, sites });
  const authorisation = { enrolmentToken, openReads, sites, signatures };

  return (request) => {
    const [path = ""] = request.target.split("?");
    const exchange = path.startsWith("/v1/exchange/");
    const writes = request.method !== "GET" && request.method !== "HEAD";
    const fate = exchange ? behaviour.next(writes) : { kind: "answer" as const, slowMs: 0 };
    if (fate.kind === "drop-before") return { ...empty(500), dropped: true };
    const response = fate.kind === "reject" ? problem(rejection(fate)) : answer(request, path);
    const dated = {
      ...response,
      headers: { ...response.headers, date: new Date(clock.now()).toUTCString() },
    };
    if (fate.kind === "drop-after") return { ...dated, dropped: true };
    return fate.kind === "answer" && fate.slowMs > 0 ? { ...dated, delayMs: fate.slowMs } : dated;
  };

  function answer(request: PlatformRequest, path: string): PlatformResponse {
    const { headers } = request;
    try {
      const { route, path: parameters } = choose(find(path), request.method);
      const caller = authorise(request, route.access, parameters, authorisation);
      const digest = headers["content-digest"];
      if (digest !== undefined) checkContentDigest(digest, request.body);
      checkPath(route, parameters);
      const query = readQuery(route, request.target);
      const body = decode(
        request.body,
        headers["content-encoding"] ?? "identity",
        limits.maxBatchBytes,
      );
      const value = checkBody(route, headers["content-type"], body);
      const response = route.run({
        platform,
        caller,
        headers,
        path: parameters,
        query,
        body,
        value,
      });
      return request.method === "HEAD" ? { ...response, body: new Uint8Array() } : response;
    } catch (error) {
      const response = problem(error, headers["accept-language"]);
      if (response.status === 500)
        log?.error("platform fault", { method: request.method, path, error });
      return response;
    }
  }
}

function choose(found: readonly Match[], method: string): Match {
  const wanted = method === "HEAD" ? "GET" : method;
  const match = found.find(({ route }) => route.method === wanted);
  if (match !== undefined) return match;
  if (found.length === 0) throw invalidRequest("there is nothing at this path", { status: 404 });
  const allow = found.map(({ route }) => route.method).join(", ");
  throw invalidRequest("the path does not take this method", { status: 405, allow });
}

function rejection(fate: {
  readonly status: 429 | 500 | 503;
  readonly retryAfterSeconds?: number;
}): QianzhiError {
  const { status, retryAfterSeconds } = fate;
  return status === 500
    ? new QianzhiError("QZ_PLATFORM_FAULT", { status })
    : new QianzhiError("QZ_PLATFORM_BUSY", {
        status,
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
}
