import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { QianzhiError, type Clock, type Random } from "@qianzhi/sdk";

/** What a signature covers. Header names in lower case. */
export interface Signable {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

export interface Signer {
  /** Headers that sign one attempt: Content-Digest (with a body), Signature-Input, Signature. */
  sign(request: Signable): Readonly<Record<string, string>>;
}

const NONCE_BYTES = 16;

/** Signs by RFC 9421 with Ed25519 as docs/protocol.md says. Throws QZ_SECRET_MISSING when the key is not an Ed25519 PEM. */
export function createSigner(
  options: { readonly site: string; readonly keyId: string; readonly privateKey: string },
  world: { readonly clock: Clock; readonly random: Random },
): Signer {
  const key = readPrivateKey(options.privateKey);
  const keyid = `${options.site}/${options.keyId}`;
  return {
    sign({ method, target, contentType, body }) {
      const [path = "", query] = splitTarget(target);
      const covered = [
        ["@method", method],
        ["@path", path],
        ["@query", `?${query ?? ""}`],
      ];
      const headers: Record<string, string> = {};
      if (body !== undefined) {
        headers["content-digest"] =
          `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
        covered.push(
          ["content-digest", headers["content-digest"]],
          ["content-type", contentType ?? ""],
        );
      }
      const created = Math.floor(world.clock.now() / 1000);
      const nonce = Buffer.from(world.random.bytes(NONCE_BYTES)).toString("hex");
      const names = covered.map(([name]) => `"${name}"`).join(" ");
      const parameters = `(${names});created=${created};keyid="${keyid}";alg="ed25519";nonce="${nonce}"`;
      const lines = covered.map(([name, value]) => `"${name}": ${value}`);
      const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
      headers["signature-input"] = `qianzhi=${parameters}`;
      headers["signature"] = `qianzhi=:${sign(null, Buffer.from(base), key).toString("base64")}:`;
      return headers;
    },
  };
}

/** The raw 32-byte Ed25519 public key of a PEM private key, base64: what is registered at the platform. */
export function publicKeyOf(privateKey: string): string {
  const { x } = createPublicKey(readPrivateKey(privateKey)).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url").toString("base64");
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // The runtime's message may quote the key: only the name of the secret is told.
  }
  throw new QianzhiError("QZ_SECRET_MISSING", { name: "platform.key" });
}

function splitTarget(target: string): readonly [string, string?] {
  const at = target.indexOf("?");
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}
