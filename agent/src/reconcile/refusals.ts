import type { Outbox } from "@qianzhi/exchange";
import type { RefusalReason } from "@qianzhi/sdk";

/** Why the platform has refused what it was sent of a key last, by the quarantine; undefined for a key that it has not refused. */
export const refusalsOf =
  ({ quarantine }: Outbox, pipeline: string) =>
  (key: string): readonly RefusalReason[] | undefined => {
    const open = quarantine.openKeys(pipeline).get(key);
    if (open === undefined) return undefined;
    const [entry] = quarantine.list({ pipeline, after: open.id - 1, limit: 1 });
    return entry?.reasons ?? [];
  };
