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
  /**
   * Asks for one resource. A platform that does not answer, or has no catalog, changes nothing. One that was restored to
   * before it had the site's version is given it again.
   */
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
  /** A catalog that was restored is given what it had; one that does not take it needs a person, as the next batch says. */
  async function publishAgain(resource: ResourceDescriptor, signal: AbortSignal): Promise<void> {
    const { identifier, version } = resource;
    try {
      await target.publish?.(resource, signal);
      log.warn("published again", { resource: identifier, version });
    } catch (error) {
      log.warn("not published again", { resource: identifier, version, error });
    }
  }

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
      const answer = await askedFor(target, identifier, signal);
      if (answer === "none") return;
      const { published } = answer;
      const before = latest(identifier);
      if (isDeepStrictEqual(before, resource) && hasLost(published, resource))
        return publishAgain(resource, signal);
      if (published === undefined || isDeepStrictEqual(published, before)) return;
      // Versions only rise: a share that has ended stays so for a catalog that was restored, until there is a later one.
      if (before !== undefined && isOlder(published.version, before.version) && withholds(before))
        return;
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

/** The latest descriptor of a resource, undefined where the catalog has none; "none" where there is no answer that this agent understands. */
async function askedFor(
  { catalogEntry }: Target,
  identifier: string,
  signal: AbortSignal,
): Promise<{ readonly published: ResourceDescriptor | undefined } | "none"> {
  if (catalogEntry === undefined) return "none";
  try {
    const published = await catalogEntry(identifier, undefined, signal);
    if (published === undefined) return { published };
    return published.identifier === identifier ? { published: defineResource(published) } : "none";
  } catch {
    return "none";
  }
}

/** Whether something of the resource may not be shared, or not for ever. */
const withholds = ({ share, items }: ResourceDescriptor): boolean =>
  share.type === "none" || share.until !== undefined || items.some((item) => item.share === "none");

/** Whether a catalog that had this very descriptor as its latest has an earlier one, or none. */
const hasLost = (
  published: ResourceDescriptor | undefined,
  resource: ResourceDescriptor,
): boolean => published === undefined || isOlder(published.version, resource.version);

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
