import { QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";

/**
 * Why nothing of a resource may leave the site now; undefined when it may. Asked before reading, at the last gate
 * before sealing and again at every send, since a share can end while a batch waits. Named by the descriptor's own
 * property, which reads alike in either language.
 *
 * @param today The day in the site's zone, YYYY-MM-DD.
 */
export function withheld(resource: ResourceDescriptor, today: string): QianzhiError | undefined {
  const { share, identifier } = resource;
  if (share.type === "none")
    return new QianzhiError("QZ_POLICY_WITHHELD", {
      resource: identifier,
      problem: "share.type none",
    });
  if (share.until !== undefined && today > share.until)
    return new QianzhiError("QZ_POLICY_WITHHELD", {
      resource: identifier,
      problem: `share.until ${share.until}`,
    });
  return undefined;
}
