import type { Store } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { withheld } from "../pipeline/policy.ts";
import { readWithholding } from "../state/withholdings.ts";
import type { Published } from "./published.ts";

export interface Policy {
  readonly published: Published;
  /** The day in the site's zone, YYYY-MM-DD. */
  readonly today: () => string;
}

/**
 * Why nothing of a resource may be shared now: by the site's own descriptor, or by the latest one in the platform's
 * catalog, which is in force whatever the site has.
 */
export function shareEnded(
  resource: ResourceDescriptor,
  { published, today }: Policy,
): QianzhiError | undefined {
  const latest = published.latest(resource.identifier);
  const own = withheld(resource, today());
  return own ?? (latest === undefined ? undefined : withheld(latest, today()));
}

/** The same of a pipeline, of which the platform may have refused this version while nothing has changed since. */
export function denialOf(
  { name, resource }: PipelineConfig,
  store: Store,
  policy: Policy,
): QianzhiError | undefined {
  const ended = shareEnded(resource, policy);
  if (ended !== undefined) return ended;
  const { refused } = readWithholding(store, name);
  const { identifier, version } = resource;
  const published = policy.published.latest(identifier)?.version ?? null;
  if (refused?.version !== version || refused.published !== published) return undefined;
  const { problem } = refused;
  return new QianzhiError("QZ_POLICY_WITHHELD", { resource: identifier, problem });
}
