import { QianzhiError } from "@qianzhi/sdk";
import type { Site } from "../run/site.ts";
import type { Invocation } from "./invocation.ts";
import { withSite } from "./open-configured-site.ts";

/** With the site held alone; beside the agent that holds it, when there is one. */
export async function inEither<T>(
  invocation: Invocation,
  work: (site: Site, isLocked: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await withSite(invocation, { lock: true }, (site) => work(site, false));
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_STORE_LOCKED") throw error;
    return withSite(invocation, { lock: false }, (site) => work(site, true));
  }
}
