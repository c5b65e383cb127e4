import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { QianzhiError, type World } from "@qianzhi/sdk";
import type { HttpAnswer, HttpClient, HttpRequest } from "./http-client.ts";

/**
 * How a gateway of the national data sharing exchange platform (国家数据共享交换平台) knows who asks. The convention is not
 * published; it is written down here as several public programs follow it.
 */
export interface NationalGateway {
  /** 请求者身份标识, `gjgxjhpt_rid`. */
  readonly rid: string;
  /** 服务编码 of the service that stands for the platform's address, `gjgxjhpt_sid`. */
  readonly sid: string;
  /** 服务授权码: signs the request for the secret that signs all others, and opens it. */
  readonly appKey: string;
  /** Path of that request, from the root of the gateway. */
  readonly refreshPath: string;
  /** How the secret is encrypted: AES-128 in this mode. */
  readonly cipher: "cbc" | "ecb";
}

/** A secret is replaced so long before it ends: a request under way may take a while to arrive. */
const MARGIN_MS = 60_000;
/** How long a secret is used that does not say when it ends. */
const UNTOLD_MS = 600_000;
/** The vector that goes with mode CBC. */
const CBC_VECTOR = "AESCBCPKCS5Paddi";

/** `Base64(HMAC-SHA256(key, sid + rid + rtime))`. */
export const gatewaySign = (key: string, sid: string, rid: string, rtime: string): string =>
  createHmac("sha256", key).update(`${sid}${rid}${rtime}`).digest("base64");

/** Opens the secret with the key that Java's SHA1PRNG makes of the appKey: the first half of SHA-1 of SHA-1 of it. */
export function openSecret(
  sealed: string,
  { appKey, cipher }: Pick<NationalGateway, "appKey" | "cipher">,
): string {
  const sha1 = (bytes: Buffer | string): Buffer => createHash("sha1").update(bytes).digest();
  const key = sha1(sha1(appKey)).subarray(0, 16);
  const vector = cipher === "cbc" ? Buffer.from(CBC_VECTOR) : null;
  const opening = createDecipheriv(`aes-128-${cipher}`, key, vector);
  const text = Buffer.concat([opening.update(sealed, "base64"), opening.final()]);
  return text.toString("utf8");
}

/**
 * The same client through a gateway: each request carries the gateway's headers beside its own signature. The secret is
 * asked for when there is none, before it ends, and once more when the gateway refuses a request.
 * Throws QZ_GATEWAY_REFUSED when it gives none out, or refuses the new one too.
 */
export function throughGateway(
  client: HttpClient,
  gateway: NationalGateway,
  { clock }: Pick<World, "clock">,
): HttpClient {
  const { address } = client;
  let current: Secret | undefined;
  let asking: Promise<Secret> | undefined;

  function headers(key: string): Readonly<Record<string, string>> {
    const { rid, sid } = gateway;
    const rtime = String(Math.floor(clock.now()));
    return {
      gjgxjhpt_rid: rid,
      gjgxjhpt_sid: sid,
      gjgxjhpt_rtime: rtime,
      gjgxjhpt_sign: gatewaySign(key, sid, rid, rtime),
    };
  }

  async function refresh(): Promise<Secret> {
    const fields = headers(gateway.appKey);
    const request: HttpRequest = {
      method: "POST",
      path: gateway.refreshPath,
      fromRoot: true,
      headers: fields,
      contentType: "application/json",
      body: Buffer.from(JSON.stringify(fields)),
    };
    // All requests wait for the same secret: none of them may call it off.
    const answer = await client.send(request, new AbortController().signal);
    return secretIn(answer, gateway, { address, now: clock.now() });
  }

  async function secret(): Promise<string> {
    if (current === undefined || clock.now() >= current.endsAt - MARGIN_MS) {
      asking ??= refresh().finally(() => (asking = undefined));
      current = await asking;
    }
    return current.value;
  }

  const attempt = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> =>
    client.send(
      { ...request, headers: { ...request.headers, ...headers(await secret()) } },
      signal,
    );

  return {
    ...client,
    async send(request, signal) {
      const used = current;
      const answer = await attempt(request, signal);
      if (refusalIn(answer) === undefined) return answer;
      // Another request may have replaced it meanwhile.
      if (current === used) current = undefined;
      const again = await attempt(request, signal);
      const problem = refusalIn(again);
      if (problem !== undefined) throw refused(address, problem);
      return again;
    },
  };
}

interface Secret {
  readonly value: string;
  /** Milliseconds of the wall clock. */
  readonly endsAt: number;
}

function secretIn(
  answer: HttpAnswer,
  gateway: NationalGateway,
  { address, now }: { readonly address: string; readonly now: number },
): Secret {
  const { code, data, message } = readObject(answer);
  const { secret, secretEndTime } = isObject(data) ? data : {};
  if (String(code) !== "0" || typeof secret !== "string")
    throw refused(address, [answer.status, code, message].filter(isWord).join(" "));
  const endsAt = Number(secretEndTime);
  try {
    return {
      value: openSecret(secret, gateway),
      endsAt: Number.isFinite(endsAt) && endsAt > now ? endsAt : now + UNTOLD_MS,
    };
  } catch {
    // The original error says nothing of use.
    throw refused(address, "the secret does not open: appKey, cipher");
  }
}

/** Its words, when it is the gateway that answers and not the platform behind it. */
function refusalIn(answer: HttpAnswer): string | undefined {
  if (answer.body.length > MOST_WORDS_BYTES) return undefined;
  const { code, message } = readObject(answer);
  return typeof code === "string" && GATEWAY_CODE.test(code)
    ? [code, message].filter(isWord).join(" ")
    : undefined;
}

/** `-1`, `E-106`; the platform's own codes are words. */
const GATEWAY_CODE = /^(E-?)?-?\d+$/;
const MOST_WORDS_BYTES = 4_096;
const MOST_WORDS = 200;

const isWord = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readObject({ body }: HttpAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const refused = (address: string, problem: string): QianzhiError =>
  new QianzhiError("QZ_GATEWAY_REFUSED", { address, problem: problem.slice(0, MOST_WORDS) });
