import type { SiteConfig } from "@qianzhi/agent";
import type { Adapter, ResourceDescriptor } from "@qianzhi/sdk";
import { siteConfig } from "../world/site-config.ts";
import type { AgentOptions } from "./agent-process.ts";
import { CURSOR } from "./resource.ts";

interface Deployment {
  readonly adapter: Adapter;
  readonly dataDirectory: string;
  readonly resource: ResourceDescriptor;
}

/** The configuration of a simulated site. */
export function configOf(
  { shape, mapping }: Pick<AgentOptions, "shape" | "mapping">,
  { adapter, dataDirectory, resource }: Deployment,
): SiteConfig {
  const { mode, pageRows, everyMs, settleMs, onInvalid, maxDeletes } = shape;
  return siteConfig({
    dataDirectory,
    adapter,
    sourceOptions: {},
    pipelines: [
      {
        resource,
        table: "article",
        columns: {
          code: "code",
          name: "name",
          ...(mapping.hasAmount ? { amount: "amount" } : {}),
          secret: "secret",
        },
        mode,
        pageRows,
        everyMs,
        settleMs,
        onInvalid,
        maxDeletes: { percent: 0, rows: maxDeletes },
        ...(shape.reconciles ? { reconcile: "0 * * * * *" } : {}),
        ...(mode === "cursor" ? { cursor: CURSOR } : {}),
        ...(shape.where ? { where: "shown = 1" } : {}),
        ...(shape.deletedWhen ? { deletedWhen: "gone = 1" } : {}),
      },
    ],
  });
}
