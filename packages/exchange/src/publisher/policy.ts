import { QianzhiError, type Clock, type ResourceDescriptor, type Share } from "@qianzhi/sdk";
import type { Settings } from "../store/settings.ts";

/** The share policies that processes of one directory have declared: whoever delivers asks them, declared there or not. */
export interface Policies {
  declare(resource: ResourceDescriptor): void;
  /** Why nothing of a resource may leave today. */
  withheld(resource: string): QianzhiError | undefined;
}

/** Days of a share are China's. */
const CHINA_OFFSET_MS = 8 * 3_600_000;

export function createPolicies(settings: Settings, clock: Clock): Policies {
  const name = (resource: string): string => `policy/${resource}`;
  return {
    declare({ identifier, share }) {
      const { type, until } = share;
      const text = JSON.stringify({ type, ...(until === undefined ? {} : { until }) });
      if (settings.get(name(identifier)) !== text) settings.set(name(identifier), text);
    },
    withheld(resource) {
      const text = settings.get(name(resource));
      if (text === undefined) return undefined;
      const { type, until } = JSON.parse(text) as Pick<Share, "type" | "until">;
      const today = new Date(clock.now() + CHINA_OFFSET_MS)
        .toISOString()
        .slice(0, "YYYY-MM-DD".length);
      if (type === "none")
        return new QianzhiError("QZ_POLICY_WITHHELD", { resource, problem: "share type none" });
      if (until === undefined || today <= until) return undefined;
      return new QianzhiError("QZ_POLICY_WITHHELD", {
        resource,
        problem: `the share ended on ${until}`,
      });
    },
  };
}
