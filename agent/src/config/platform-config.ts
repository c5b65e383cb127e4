import { createPrivateKey } from "node:crypto";
import type { NationalGateway } from "@qianzhi/exchange";
import type { ConfigPath, FileProblems } from "@qianzhi/sdk";
import type { SecretReader } from "./secrets.ts";
import type { PlatformConfig } from "./site-config.ts";
import { parseDuration } from "./units.ts";

/** The platform as the file has it, defaults filled in; `unknown` stands for a secret or its reference. */
export interface RawPlatform {
  readonly url: string;
  readonly key: unknown;
  readonly keyId: string;
  readonly ca?: unknown;
  readonly clientCertificate?: { readonly certificate: unknown; readonly key: unknown };
  readonly proxy?: unknown;
  readonly noProxy?: readonly string[];
  readonly timeout: string;
  readonly enrolmentToken?: unknown;
  readonly gateway?: Omit<NationalGateway, "appKey"> & { readonly appKey: unknown };
}

/** Reads the secrets of the platform and checks its key; undefined when the key cannot be had. */
export async function readPlatform(
  raw: RawPlatform,
  secrets: SecretReader,
  problems: FileProblems,
): Promise<PlatformConfig | undefined> {
  const optional = async (
    name: "ca" | "proxy" | "enrolmentToken",
    kind: "secret" | "public",
  ): Promise<object> => {
    const value =
      raw[name] === undefined ? undefined : await secrets.read(raw[name], ["platform", name], kind);
    return value === undefined ? {} : { [name]: value };
  };
  const privateKey = await secrets.read(raw.key, ["platform", "key"]);
  if (privateKey !== undefined) checkKey(privateKey, ["platform", "key"], problems);
  const others = {
    ...(await optional("ca", "public")),
    ...(await optional("proxy", "public")),
    ...(await optional("enrolmentToken", "secret")),
    ...(await clientCertificate(raw, secrets)),
    ...(await gateway(raw, secrets)),
  };
  if (privateKey === undefined) return undefined;
  return {
    url: raw.url.replace(/\/+$/, ""),
    privateKey,
    keyId: raw.keyId,
    noProxy: raw.noProxy ?? [],
    timeoutMs: parseDuration(raw.timeout),
    ...others,
  };
}

async function clientCertificate(
  { clientCertificate: pair }: RawPlatform,
  secrets: SecretReader,
): Promise<Pick<PlatformConfig, "clientCertificate">> {
  if (pair === undefined) return {};
  const path = ["platform", "clientCertificate"];
  const certificate = await secrets.read(pair.certificate, [...path, "certificate"], "public");
  const key = await secrets.read(pair.key, [...path, "key"]);
  return certificate === undefined || key === undefined
    ? {}
    : { clientCertificate: { certificate, key } };
}

async function gateway(
  { gateway: raw }: RawPlatform,
  secrets: SecretReader,
): Promise<Pick<PlatformConfig, "gateway">> {
  if (raw === undefined) return {};
  const appKey = await secrets.read(raw.appKey, ["platform", "gateway", "appKey"]);
  return appKey === undefined ? {} : { gateway: { ...raw, appKey } };
}

function checkKey(pem: string, path: ConfigPath, problems: FileProblems): void {
  let type: string | undefined;
  try {
    type = createPrivateKey(pem).asymmetricKeyType;
  } catch {
    // Not a key at all; the original error could hold a part of it.
  }
  if (type !== "ed25519")
    problems.error(
      path,
      "is not an Ed25519 private key in PEM form (PKCS#8, without a passphrase)",
      "不是 PEM 格式的 Ed25519 私钥（PKCS#8，无口令）",
    );
}
