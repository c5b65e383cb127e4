import { QianzhiError, type Clock, type ResourceDescriptor, type Share } from "@qianzhi/sdk";
import type { Settings } from "../store/settings.ts";
import { openItemShares } from "../store/item-shares.ts";
import { storedJson } from "../store/stored-json.ts";

/** The share policies that processes of one directory have declared: whoever delivers asks them, declared there or not. */
export interface Policies {
  declare(resource: ResourceDescriptor): void;
  /** Why nothing of a resource may leave today; with a version, why a batch of it may not. */
  withheld(resource: string, version?: string): QianzhiError | undefined;
}

/** Days of a share are China's. */
const CHINA_OFFSET_MS = 8 * 3_600_000;

export function createPolicies(settings: Settings, clock: Clock): Policies {
  const name = (resource: string): string => `policy/${resource}`;
  const items = openItemShares(settings);
  return {
    declare(resource) {
      const { identifier, share } = resource;
      const { type, until } = share;
      items.declare(resource);
      const text = JSON.stringify({ type, ...(until === undefined ? {} : { until }) });
      if (settings.get(name(identifier)) !== text) settings.set(name(identifier), text);
    },
    withheld(resource, version) {
      const text = settings.get(name(resource));
      if (text === undefined) return undefined;
      const narrowed = version === undefined ? undefined : items.withheld(resource, version);
      const { type, until } = storedJson(text) as Pick<Share, "type" | "until">;
      const today = new Date(clock.now() + CHINA_OFFSET_MS)
        .toISOString()
        .slice(0, "YYYY-MM-DD".length);
      if (type === "none")
        return new QianzhiError("QZ_POLICY_WITHHELD", { resource, problem: "share type none" });
      if (until === undefined || today <= until) return narrowed;
      return new QianzhiError("QZ_POLICY_WITHHELD", {
        resource,
        problem: `the share ended on ${until}`,
      });
    },
  };
}
