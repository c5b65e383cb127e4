import { createPublicKey } from "node:crypto";
import { httpTarget, type HttpTarget } from "@qianzhi/exchange";
import type { SiteConfig } from "../config/site-config.ts";
import { openSite, type Site } from "../run/site.ts";
import type { Invocation } from "./invocation.ts";

/** The site's target as the configuration describes it. */
export function configuredTarget(
  { site, platform }: SiteConfig,
  { world }: Pick<Invocation, "world">,
): HttpTarget {
  const {
    url,
    keyId,
    privateKey,
    ca,
    clientCertificate,
    proxy,
    noProxy,
    timeoutMs,
    enrolmentToken,
  } = platform;
  return httpTarget({
    url,
    site,
    keyId,
    privateKey,
    noProxy,
    timeoutMs,
    world,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(enrolmentToken === undefined ? {} : { enrolmentToken }),
  });
}

/** Opens the configured site for the time of `work`. Only the agent locks its directory: other commands run beside it. */
export async function withSite<T>(
  invocation: Invocation,
  options: { readonly lock: boolean; readonly takeOver?: boolean },
  work: (site: Site) => Promise<T>,
): Promise<T> {
  const config = await invocation.loadConfig();
  const site = await openSite({
    config,
    world: invocation.world,
    target: configuredTarget(config, invocation),
    ...options,
  });
  try {
    return await work(site);
  } finally {
    await site.close();
  }
}

/** What the platform's operator registers for the site: base64 of the raw Ed25519 key. */
export const publicKeyText = (privateKey: string): string =>
  createPublicKey(privateKey)
    .export({ type: "spki", format: "der" })
    .subarray(-32)
    .toString("base64");
