import { createHash, timingSafeEqual } from "node:crypto";
import { QianzhiError } from "@qianzhi/sdk";
import type { Sites } from "../platform/sites.ts";
import type { PlatformRequest } from "./message.ts";
import type { Access, Caller } from "./route.ts";
import type { SignatureVerifier } from "./signature.ts";

export interface AuthoriseOptions {
  readonly enrolmentToken: string;
  /** Whether anybody may read positions, receipts, digests and records. */
  readonly openReads: boolean;
  readonly sites: Sites;
  readonly signatures: SignatureVerifier;
}

/**
 * Decides who asks and whether they may: QZ_TOKEN_INVALID, QZ_NOT_ALLOWED, and the errors of a signature. A signature
 * or token that is there is checked even where none is needed.
 */
export function authorise(
  request: PlatformRequest,
  access: Access,
  path: Readonly<Record<string, string>>,
  options: AuthoriseOptions,
): Caller {
  if (access === "open") return { kind: "anyone" };
  const caller = identify(request, options);
  switch (access) {
    case "read":
      return mayRead(caller, path, options);
    case "site":
      return maySpeakFor(caller, path);
    case "publish":
      return mayPublish(caller, path, options);
    case "operator":
      if (caller.kind !== "operator") throw new QianzhiError("QZ_TOKEN_INVALID");
      return caller;
  }
}

function identify(
  request: PlatformRequest,
  { enrolmentToken, signatures }: AuthoriseOptions,
): Caller {
  const { authorization, signature } = request.headers;
  if (signature !== undefined) return { kind: "site", site: signatures.verify(request) };
  if (authorization === undefined) return { kind: "anyone" };
  if (!sameSecret(authorization, `Bearer ${enrolmentToken}`))
    throw new QianzhiError("QZ_TOKEN_INVALID");
  return { kind: "operator" };
}

function mayRead(
  caller: Caller,
  path: Readonly<Record<string, string>>,
  { openReads }: AuthoriseOptions,
): Caller {
  if (openReads) return { kind: "anyone" };
  if (caller.kind === "anyone") throw unsigned();
  const { site, resource } = path;
  if (caller.kind === "site" && site !== undefined && site !== caller.site) {
    throw new QianzhiError("QZ_NOT_ALLOWED", { site: caller.site, resource });
  }
  return caller;
}

function maySpeakFor(caller: Caller, path: Readonly<Record<string, string>>): Caller {
  if (caller.kind !== "site") throw unsigned();
  const { site, resource } = path;
  if (site !== undefined && site !== caller.site) {
    throw new QianzhiError("QZ_NOT_ALLOWED", { site: caller.site, resource });
  }
  return caller;
}

function mayPublish(
  caller: Caller,
  path: Readonly<Record<string, string>>,
  { sites }: AuthoriseOptions,
): Caller {
  if (caller.kind === "anyone") throw unsigned();
  const resource = path["identifier"]!;
  if (caller.kind === "site" && !sites.mayWrite(caller.site, resource)) {
    throw new QianzhiError("QZ_NOT_ALLOWED", { site: caller.site, resource });
  }
  return caller;
}

function unsigned(): QianzhiError {
  return new QianzhiError("QZ_SIGNATURE_INVALID", { problem: "the request is not signed" });
}

function sameSecret(a: string, b: string): boolean {
  const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
