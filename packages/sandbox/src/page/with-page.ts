import { pageHeaders, renewingScript } from "@qianzhi/page";
import type { Language, ResourceDigest } from "@qianzhi/sdk";
import type { Handler } from "../http/handler.ts";
import { text, type PlatformRequest, type PlatformResponse } from "../http/message.ts";
import { problem } from "../http/problem.ts";
import type { Platform } from "../platform/create-platform.ts";
import type { StreamRow } from "../platform/streams.ts";
import { renderPage } from "./render-page.ts";
import { style } from "./style.ts";

const SHOWN_BATCHES = 20;
/** How often the page asks for what is new: batches are seen to arrive. */
const RENEW_EVERY_MS = 1_000;

/** Puts the platform's page, at `/`, in front of its protocol. It only shows what anybody may read there. */
export function withPage(platform: Platform, handler: Handler): Handler {
  const digestOf = rememberedDigests(platform);
  return (request) => {
    const [path, query = ""] = request.target.split("?", 2);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead) return handler(request);
    switch (path) {
      case "/":
        return page(platform, digestOf, request, languageOf(query, request));
      case "/page.css":
        return text(200, "text/css; charset=utf-8", style, pageHeaders);
      case "/page.js":
        return text(
          200,
          "text/javascript; charset=utf-8",
          renewingScript(RENEW_EVERY_MS),
          pageHeaders,
        );
      default:
        return handler(request);
    }
  };
}

/** A page that is looked at asks every second; what a stream holds is added up once a batch. */
function rememberedDigests(platform: Platform): (stream: StreamRow) => ResourceDigest {
  const last = new Map<number, { readonly batch: string; readonly digest: ResourceDigest }>();
  return (stream) => {
    const batch = `${stream.epoch}.${stream.digest}`;
    const known = last.get(stream.id);
    if (known?.batch === batch) return known.digest;
    const { count, sum } = platform.digest(stream);
    last.set(stream.id, { batch, digest: { count, sum } });
    return { count, sum };
  };
}

function page(
  platform: Platform,
  digestOf: (stream: StreamRow) => ResourceDigest,
  request: PlatformRequest,
  language: Language,
): PlatformResponse {
  try {
    const catalog = platform.catalog.list();
    const body = renderPage({
      language,
      now: platform.clock.now(),
      catalog,
      copies: catalog.flatMap(({ identifier }) =>
        platform.streams(identifier).map((stream) => ({
          ...stream,
          ...digestOf(stream),
          comparison: platform.comparison(stream),
        })),
      ),
      batches: platform.lastBatches(SHOWN_BATCHES),
      contrast: platform.contrast(),
    });
    return text(200, "text/html; charset=utf-8", body, pageHeaders);
  } catch (error) {
    return problem(error, request.headers["accept-language"]);
  }
}

function languageOf(query: string, { headers: asked }: PlatformRequest): Language {
  const named = new URLSearchParams(query).get("lang");
  if (named === "zh" || named === "en") return named;
  return /^\s*zh\b/i.test(asked["accept-language"] ?? "") ? "zh" : "en";
}
