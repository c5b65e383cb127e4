import { isDeepStrictEqual } from "node:util";
import type { Store } from "@qianzhi/exchange";
import { compareDescriptors, defineResource, QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor, Target } from "@qianzhi/sdk";
import { readPublished, writePublished } from "../state/published-descriptors.ts";

/** What the platform's catalog has of the resources of a site. */
export interface Published {
  /** The latest version that was heard of; undefined before. */
  latest(identifier: string): ResourceDescriptor | undefined;
  /** The items that may not be shared by it. */
  withheldItems(identifier: string): readonly string[];
  /** QZ_DESCRIPTOR_DRIFT while the catalog's latest version asks for more than the site's; by what was heard last. */
  drift(resource: ResourceDescriptor): QianzhiError | undefined;
  /** Asks for one resource. A platform that does not answer, or has no catalog, changes nothing. */
  ask(resource: ResourceDescriptor, signal: AbortSignal): Promise<void>;
}

/** @param url Of the platform, for whoever wants to read the descriptor there. */
export function openPublished(store: Store, target: Target, url: string): Published {
  const { log } = store.world;
  const found = new Map<string, QianzhiError | undefined>();
  const heard = new Map<string, ResourceDescriptor | undefined>();
  const latest = (identifier: string): ResourceDescriptor | undefined => {
    if (!heard.has(identifier)) heard.set(identifier, readPublished(store, identifier));
    return heard.get(identifier);
  };
  const look = (resource: ResourceDescriptor): QianzhiError | undefined => {
    const published = latest(resource.identifier);
    return published === undefined ? undefined : descriptorDrift(resource, published, url);
  };
  return {
    latest,
    withheldItems: (identifier) =>
      (latest(identifier)?.items ?? []).flatMap((item) =>
        item.share === "none" ? [item.identifier] : [],
      ),
    drift(resource) {
      const { identifier } = resource;
      if (!found.has(identifier)) found.set(identifier, look(resource));
      return found.get(identifier);
    },
    async ask(resource, signal) {
      const { identifier, version } = resource;
      const published = await askedFor(target, identifier, signal);
      const before = latest(identifier);
      if (published === undefined || isDeepStrictEqual(published, before)) return;
      try {
        store.transaction(() => writePublished(store, published), { durable: false });
      } catch (error) {
        // A full disk, say: it is asked for again.
        return store.noticeDamage(error);
      }
      found.delete(identifier);
      heard.set(identifier, published);
      if (published.version !== version && published.version !== before?.version)
        log.info("catalog has another version", {
          resource: identifier,
          version,
          published: published.version,
        });
    },
  };
}

/** The latest descriptor of a resource; undefined where there is none that this agent understands. */
async function askedFor(
  { catalogEntry }: Target,
  identifier: string,
  signal: AbortSignal,
): Promise<ResourceDescriptor | undefined> {
  try {
    const published = await catalogEntry?.(identifier, undefined, signal);
    return published?.identifier === identifier ? defineResource(published) : undefined;
  } catch {
    return undefined;
  }
}

/** QZ_DESCRIPTOR_DRIFT where the published version does not take all records of the site's own. */
export function descriptorDrift(
  resource: ResourceDescriptor,
  published: ResourceDescriptor,
  url: string,
): QianzhiError | undefined {
  // A version that is not published yet is told by the platform when a batch of it arrives.
  if (isOlder(published.version, resource.version)) return undefined;
  const breaking = compareDescriptors(resource, published).changes.filter(
    ({ kind }) => kind === "breaking",
  );
  if (breaking.length === 0) return undefined;
  return new QianzhiError("QZ_DESCRIPTOR_DRIFT", {
    resource: resource.identifier,
    version: resource.version,
    published: published.version,
    address: `${url.replace(/\/$/, "")}/v1/catalog/${encodeURIComponent(resource.identifier)}`,
    problem: {
      en: breaking.map(({ path, en }) => `${path}: ${en}`).join("; "),
      zh: breaking.map(({ path, zh }) => `${path}：${zh}`).join("；"),
    },
  });
}

/** Of two versions of three numbers. */
function isOlder(one: string, other: string): boolean {
  const [left, right] = [one, other].map((version) => version.split(".").map(Number));
  const differs = [0, 1, 2].find((part) => left?.[part] !== right?.[part]);
  return differs !== undefined && (left?.[differs] ?? 0) < (right?.[differs] ?? 0);
}
