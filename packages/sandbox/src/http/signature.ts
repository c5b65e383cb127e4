import { createPublicKey, verify } from "node:crypto";
import { QianzhiError, type Clock } from "@qianzhi/sdk";
import {
  isInnerList,
  parseDictionary,
  serializeInnerList,
  type InnerList,
} from "structured-headers";
import type { PlatformLimits } from "../platform/context.ts";
import { timestamp } from "../platform/context.ts";
import type { Sites } from "../platform/sites.ts";
import type { PlatformRequest } from "./message.ts";

const LABEL = "qianzhi";

/** What must be signed: always these, and with a body these too. */
const always = ["@method", "@path", "@query"];
const withBody = ["content-digest", "content-type"];

export interface SignatureWorld {
  readonly clock: Clock;
  readonly limits: PlatformLimits;
  readonly sites: Sites;
}

/**
 * Verifies HTTP Message Signatures (RFC 9421) as docs/protocol.md §5 lays them down, and remembers nonces, so that no
 * signed request is carried out twice.
 */
export class SignatureVerifier {
  readonly #world: SignatureWorld;
  /** Nonce to the second after which it need not be remembered; in order of arrival. */
  readonly #nonces = new Map<string, number>();

  constructor(world: SignatureWorld) {
    this.#world = world;
  }

  /** The site that signed. QZ_SIGNATURE_INVALID, QZ_CLOCK_SKEW, QZ_KEY_UNKNOWN; QZ_PLATFORM_BUSY with too many nonces in use. */
  verify(request: PlatformRequest): string {
    const { input, signature } = readSignature(request);
    const [items, parameters] = input;
    const components = items.map(([name]) => String(name));
    const required = request.body.length > 0 ? [...always, ...withBody] : always;
    const missing = required.filter((name) => !components.includes(name));
    if (missing.length > 0) throw invalid(`the signature does not cover ${missing.join(", ")}`);
    const { created, keyid, alg, nonce } = Object.fromEntries(parameters);
    if (alg !== "ed25519") throw invalid("alg is not ed25519");
    if (typeof nonce !== "string" || nonce.length < 16 || nonce.length > 128)
      throw invalid("nonce has not 16 to 128 characters");
    if (typeof created !== "number" || !Number.isInteger(created))
      throw invalid("created is not an integer");
    this.#checkTime(created);
    const { site, publicKey } = this.#key(keyid);
    const base = signatureBase(request, components, input);
    if (!verify(null, Buffer.from(base, "utf8"), ed25519(publicKey), signature))
      throw invalid("the signature does not fit");
    this.#useNonce(`${String(keyid)} ${nonce}`);
    return site;
  }

  #checkTime(created: number): void {
    const { clock, limits } = this.#world;
    const skewSeconds = created - Math.floor(clock.now() / 1000);
    if (Math.abs(skewSeconds) > limits.replayWindowSeconds) {
      throw new QianzhiError("QZ_CLOCK_SKEW", { skewSeconds, now: timestamp(clock) });
    }
  }

  #key(keyid: unknown): { readonly site: string; readonly publicKey: Uint8Array } {
    const [site = "", keyId = ""] = String(keyid).split("/");
    const key = this.#world.sites.key(site, keyId);
    if (key === undefined) throw new QianzhiError("QZ_KEY_UNKNOWN", { site, key: keyId });
    return key;
  }

  #useNonce(name: string): void {
    const { clock, limits } = this.#world;
    const now = Math.floor(clock.now() / 1000);
    for (const [old, until] of this.#nonces) {
      if (until >= now) break;
      this.#nonces.delete(old);
    }
    if (this.#nonces.has(name)) throw invalid("the nonce was used before");
    if (this.#nonces.size >= limits.maxNonces) {
      throw new QianzhiError("QZ_PLATFORM_BUSY", { retryAfterSeconds: limits.replayWindowSeconds });
    }
    // `created` may lie one window ahead, and the request is then valid for one window after that.
    this.#nonces.set(name, now + 2 * limits.replayWindowSeconds);
  }
}

function readSignature({ headers }: PlatformRequest): {
  readonly input: InnerList;
  readonly signature: Uint8Array;
} {
  const [inputHeader, signatureHeader] = [headers["signature-input"], headers["signature"]];
  if (inputHeader === undefined || signatureHeader === undefined)
    throw invalid("the request is not signed");
  try {
    const input = parseDictionary(inputHeader).get(LABEL);
    const [signature] = parseDictionary(signatureHeader).get(LABEL) ?? [];
    if (input !== undefined && isInnerList(input) && signature instanceof ArrayBuffer) {
      return { input, signature: new Uint8Array(signature) };
    }
  } catch {
    // Told below, as for headers that can be read and lack the label.
  }
  throw invalid(`Signature and Signature-Input have no readable member ${LABEL}`);
}

/** The signature base of RFC 9421 §2.5. */
function signatureBase(
  request: PlatformRequest,
  components: readonly string[],
  input: InnerList,
): string {
  if (new Set(components).size !== components.length) throw invalid("a component is covered twice");
  if (input[0].some(([, parameters]) => parameters.size > 0))
    throw invalid("components take no parameters here");
  const lines = components.map((name) => `"${name}": ${componentValue(request, name)}`);
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join("\n");
}

function componentValue({ method, target, headers }: PlatformRequest, name: string): string {
  const question = target.indexOf("?");
  switch (name) {
    case "@method":
      return method;
    case "@path":
      return question < 0 ? target : target.slice(0, question);
    case "@query":
      return question < 0 ? "?" : target.slice(question);
    default: {
      const value = name.startsWith("@") ? undefined : headers[name];
      if (value === undefined) throw invalid(`there is no component ${name}`);
      return value.trim();
    }
  }
}

function ed25519(raw: Uint8Array) {
  const x = Buffer.from(raw).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

function invalid(problem: string): QianzhiError {
  return new QianzhiError("QZ_SIGNATURE_INVALID", { problem });
}
