import { timingSafeEqual, createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { pageHeaders, renewingScript } from "@qianzhi/page";
import { QianzhiError, type Language } from "@qianzhi/sdk";
import { isLoopback, type PageConfig } from "../config/page-config.ts";
import type { Site } from "../run/site.ts";
import { siteStatus } from "../run/status.ts";
import { lagSince } from "../state/lag-samples.ts";
import { metrics } from "./metrics.ts";
import { renderPage } from "./render-page.ts";
import { style } from "./style.ts";

/** Reasons of quarantine that are listed: those beyond are the rarest. */
const SHOWN_REASONS = 50;
const DAY_MS = 24 * 3_600_000;
/** How often the page asks for what is new. */
const RENEW_EVERY_MS = 10_000;
/** A status reads some tables: whoever asks more often gets the last one. */
const FRESH_MS = 1_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the agent's page, `/healthz`, `/readyz` and `/metrics`. Only reads; every other method is refused. Throws
 * QZ_PORT_IN_USE or QZ_PAGE_UNAVAILABLE.
 */
export async function servePage(
  site: Site,
  config: PageConfig,
  language: Language,
): Promise<ServedPage> {
  const { host, tls } = config;
  const answer = answering(site, language);
  const listener: RequestListener = (request, response) => {
    const { status, type, body } = refusal(request, config) ?? answer(request);
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      ...(status === 401 ? { "www-authenticate": 'Basic realm="Qianzhi", charset="UTF-8"' } : {}),
      ...pageHeaders,
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const server = await listening(config, listener);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  return {
    url: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listening(
  { host, port, tls }: PageConfig,
  listener: RequestListener,
): Promise<Server> {
  const address = `${host}:${port}`;
  try {
    // A certificate that is none is found when the server is made.
    const server =
      tls === undefined
        ? createServer(listener)
        : createSecureServer({ cert: tls.certificate, key: tls.key }, listener);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    // A connection that cannot be taken, for want of descriptors, is the visitor's loss alone.
    server.on("error", () => undefined);
    return server;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw code === "EADDRINUSE"
      ? new QianzhiError("QZ_PORT_IN_USE", { address }, { cause })
      : new QianzhiError("QZ_PAGE_UNAVAILABLE", { address, problem: code }, { cause });
  }
}

/** Whoever may not see it: a request under another name than the page's, by a page elsewhere, or without the password. */
function refusal(request: IncomingMessage, config: PageConfig): Answer | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "GET only\n");
  const name = (request.headers.host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  if (isLoopback(config.host) && !isLoopback(name)) return plain(421, "not this name\n");
  const { password } = config;
  if (password === undefined || isHealth(request.url)) return undefined;
  const [, basic = ""] = /^Basic (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  const given = Buffer.from(basic, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
  return isSame(given, password) ? undefined : plain(401, "password\n");
}

/** Tells a load balancer that the agent lives, and nothing else. */
const isHealth = (url: string | undefined): boolean => url === "/healthz" || url === "/readyz";

/** In the same time, wherever they differ first. */
const isSame = (one: string, other: string): boolean => {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
};

function answering(site: Site, own: Language): (request: IncomingMessage) => Answer {
  const { config, outbox, store } = site;
  const { clock } = store.world;
  let last: { readonly at: number; readonly status: ReturnType<typeof siteStatus> } | undefined;
  const status = () => {
    if (last === undefined || clock.monotonic() - last.at > FRESH_MS) {
      // What this process knows and has not written yet belongs to it.
      site.flush();
      last = { at: clock.monotonic(), status: siteStatus(config, outbox) };
    }
    return last.status;
  };

  function page(language: Language): string {
    const now = clock.now();
    return renderPage({
      site: config.site,
      language,
      timeZone: config.timeZone,
      now,
      status: status(),
      lag: new Map(
        config.pipelines.map(({ name }) => [name, lagSince(store.database, name, now - DAY_MS)]),
      ),
      reasons: outbox.quarantine.reasons({ limit: SHOWN_REASONS }).map((reason) => ({
        ...reason,
        described: config.pipelines
          .find(({ name }) => name === reason.pipeline)
          ?.resource.items.find(({ identifier }) => identifier === reason.item),
      })),
    });
  }

  return (request) => {
    // Not taken for an address: what anybody may send need not be one.
    const [path, query = ""] = (request.url ?? "/").split("?", 2);
    try {
      switch (path) {
        case "/":
          return {
            status: 200,
            type: "text/html; charset=utf-8",
            body: page(languageOf(query, request, own)),
          };
        case "/page.css":
          return { status: 200, type: "text/css; charset=utf-8", body: style };
        case "/page.js":
          return {
            status: 200,
            type: "text/javascript; charset=utf-8",
            body: renewingScript(RENEW_EVERY_MS),
          };
        case "/healthz":
          return plain(200, "ok\n");
        case "/readyz":
          return readiness(status());
        case "/metrics":
          return {
            status: 200,
            type: "text/plain; version=0.0.4; charset=utf-8",
            body: metrics(status(), process.memoryUsage.rss()),
          };
        default:
          return plain(404, "not found\n");
      }
    } catch (error) {
      store.noticeDamage(error);
      return plain(503, `${QianzhiError.is(error) ? error.code : "QZ_INTERNAL"}\n`);
    }
  };
}

/** Ready: it reads or may read; a store that cannot be read has answered before. */
const readiness = ({ pipelines }: ReturnType<typeof siteStatus>): Answer =>
  pipelines.length > 0 && pipelines.every(({ state }) => state === "failed")
    ? plain(503, "every pipeline has stopped by an error\n")
    : plain(200, "ok\n");

function languageOf(query: string, { headers: asked }: IncomingMessage, own: Language): Language {
  const named = new URLSearchParams(query).get("lang");
  if (named === "zh" || named === "en") return named;
  const first = /^\s*(zh|en)\b/i.exec(asked["accept-language"] ?? "")?.[1]?.toLowerCase();
  return first === "zh" || first === "en" ? first : own;
}

const plain = (status: number, body: string): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  body,
});
