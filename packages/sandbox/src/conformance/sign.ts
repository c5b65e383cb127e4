import { createHash, sign, type KeyObject } from "node:crypto";

/** A request before it is signed; header names in lower case. */
export interface UnsignedRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface SigningKey {
  /** `{site}/{keyId}`. */
  readonly keyid: string;
  readonly privateKey: KeyObject;
  /** Seconds since 1970. */
  readonly created: number;
  readonly nonce: string;
}

/** The headers of the request with Content-Digest, Signature-Input and Signature, as docs/protocol.md §5 says. */
export function signRequest(request: UnsignedRequest, key: SigningKey): Record<string, string> {
  const { method, target, body } = request;
  const headers = { ...request.headers };
  const covered = ["@method", "@path", "@query"];
  if (body !== undefined) {
    headers["content-digest"] ??= `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    covered.push("content-digest", "content-type");
  }
  const [path = "", query = ""] = target.split("?", 2);
  const derived: Readonly<Record<string, string>> = {
    "@method": method,
    "@path": path,
    "@query": `?${query}`,
  };
  const names = covered.map((name) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${key.created};keyid="${key.keyid}";alg="ed25519";nonce="${key.nonce}"`;
  const lines = covered.map((name) => `"${name}": ${derived[name] ?? headers[name]}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
  const signature = sign(null, Buffer.from(base, "utf8"), key.privateKey).toString("base64");
  return {
    ...headers,
    "signature-input": `qianzhi=${parameters}`,
    signature: `qianzhi=:${signature}:`,
  };
}
