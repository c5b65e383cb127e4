import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { Problem } from "@qianzhi/sdk";
import { signRequest } from "../src/conformance/sign.ts";
import {
  createHandler,
  type HandlerOptions,
  type PlatformOptions,
  type PlatformResponse,
} from "../src/index.ts";
import { openPlatform, stream } from "./bed.ts";
import { openApiCheck, type OpenApiDocument } from "./openapi-check.ts";

const token = "the-token";

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | object;
  readonly as?: "site" | "operator" | "anyone";
  readonly created?: number;
  readonly nonce?: string;
  /** Changes the request after it was signed. */
  readonly tamper?: (request: {
    method: string;
    target: string;
    headers: Record<string, string>;
    body: Uint8Array;
  }) => void;
}

/** A handler over a platform with one registered site, every exchange checked against the OpenAPI document. */
export function service(
  options: Partial<PlatformOptions> = {},
  handling: Partial<HandlerOptions> = {},
) {
  const platform = openPlatform(options);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  platform.sites.registerKey({ site: "hr", keyId: "k1", publicKey: raw });
  const handle = createHandler(platform, { enrolmentToken: token, ...handling });
  const document = read(
    handle({ method: "GET", target: "/openapi.json", headers: {}, body: new Uint8Array() }),
  );
  const check = openApiCheck(document as OpenApiDocument);
  let drawn = 0;
  const ask = (
    target: string,
    { method = "GET", headers = {}, body, as = "site", ...rest }: Ask = {},
  ): PlatformResponse => {
    const bytes =
      body === undefined
        ? undefined
        : body instanceof Uint8Array
          ? body
          : Buffer.from(JSON.stringify(body));
    const typed = {
      ...(bytes === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    };
    const created = rest.created ?? Math.floor(platform.world.state.now / 1000);
    const signing = {
      keyid: "hr/k1",
      privateKey,
      created,
      nonce: rest.nonce ?? `nonce-${String(drawn++).padStart(16, "0")}`,
    };
    const unsigned = {
      method,
      target,
      headers: typed,
      ...(bytes === undefined ? {} : { body: bytes }),
    };
    const signed =
      as === "site"
        ? signRequest(unsigned, signing)
        : as === "operator"
          ? { ...typed, authorization: `Bearer ${token}` }
          : typed;
    const request = { method, target, headers: signed, body: bytes ?? new Uint8Array() };
    rest.tamper?.(request);
    const response = handle(request);
    if (response.dropped !== true) {
      check({
        method: request.method,
        target: request.target,
        requestType: request.headers["content-type"],
        ...(request.body.length === 0 ? {} : { requestBody: request.body }),
        status: response.status,
        responseType: response.headers["content-type"],
        responseBody: response.body,
      });
    }
    return response;
  };
  const post = (bytes: Uint8Array, more: Ask = {}): PlatformResponse => {
    const { sequence } = platform.position(stream)!;
    return ask("/v1/exchange/person/batches", {
      method: "POST",
      body: bytes,
      ...more,
      headers: {
        "content-type": "application/x-ndjson",
        "idempotency-key": `"hr/p1/1/${sequence + 1}"`,
        ...more.headers,
      },
    });
  };
  return { platform, ask, post };
}

/** The body as JSON. */
export const read = (response: PlatformResponse): unknown =>
  JSON.parse(Buffer.from(response.body).toString("utf8"));
/** Fails unless the answer is this problem; gives its body. */
export function assertProblem(response: PlatformResponse, status: number, code: string): Problem {
  const body = read(response) as Problem;
  assert.deepEqual([response.status, body.code], [status, code], JSON.stringify(body));
  assert.equal(response.headers["content-type"], "application/problem+json");
  assert.ok(response.headers["date"] !== undefined);
  return body;
}
