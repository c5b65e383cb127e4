import { createPublicKey } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpTarget, type HttpTarget } from "@qianzhi/exchange";
import { QianzhiError, type Target } from "@qianzhi/sdk";
import type { SiteConfig } from "../config/site-config.ts";
import { openSite, type Site, type SiteOptions } from "../run/site.ts";
import type { Invocation } from "./invocation.ts";

/** The site's target as the configuration describes it. */
export function configuredTarget(config: SiteConfig, { world }: Pick<Invocation, "world">): Target {
  const { site, target, resources } = config;
  return target === undefined
    ? configuredPlatform(config, { world }, "deliver to")
    : target.open({ site, world, resource: (identifier) => resources.get(identifier) });
}

/** The platform over HTTP; QZ_TARGET_TABLES when the site has another target. `operation` says what it is wanted for. */
export function configuredPlatform(
  { site, platform }: SiteConfig,
  { world }: Pick<Invocation, "world">,
  operation: string,
): HttpTarget {
  if (platform === undefined) throw new QianzhiError("QZ_TARGET_TABLES", { operation });
  return httpTarget({ ...platform, site, world });
}

type Opening = Pick<SiteOptions, "lock" | "takeOver" | "damage">;

/** Opens the configured site for the time of `work`. Only the agent locks its directory: other commands run beside it. */
export async function withSite<T>(
  invocation: Invocation,
  options: Opening,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  return opened(await invocation.loadConfig(), invocation, options, work);
}

/**
 * The same for a command that only looks. It leaves no trace: where no agent has run yet it looks at an empty store
 * elsewhere, so that a directory of the wrong owner does not stand in the agent's way afterwards.
 *
 * @param work Told the configured data directory, too.
 */
export async function withSiteToLookAt<T>(
  invocation: Invocation,
  work: (site: Site, dataDirectory: string) => Promise<T>,
): Promise<T> {
  const config = await invocation.loadConfig();
  const look = (site: Site): Promise<T> => work(site, config.dataDirectory);
  if (await hasStore(config.dataDirectory))
    return opened(config, invocation, { lock: false }, look);
  const dataDirectory = await mkdtemp(join(tmpdir(), "qianzhi-"));
  try {
    return await opened({ ...config, dataDirectory }, invocation, { lock: false }, look);
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** A directory that may not be looked into counts as one, so that opening it says so. */
const hasStore = (directory: string): Promise<boolean> =>
  stat(join(directory, "outbox.db")).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR",
  );

async function opened<T>(
  config: SiteConfig,
  invocation: Invocation,
  options: Opening,
  work: (site: Site) => Promise<T>,
): Promise<T> {
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
