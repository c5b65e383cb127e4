import type { PipelineConfig, SiteConfig, SourceConfig } from "@qianzhi/agent";
import type { Adapter, ResourceDescriptor } from "@qianzhi/sdk";

/** A site's configuration as the loader would give it, for tests that build theirs in code. */
export function siteConfig(options: {
  readonly dataDirectory: string;
  readonly adapter: Adapter;
  readonly sourceOptions: Readonly<Record<string, unknown>>;
  readonly pipelines: readonly PipelineOptions[];
}): SiteConfig {
  const { dataDirectory, adapter, sourceOptions } = options;
  const source: SourceConfig = {
    name: "legacy",
    kind: adapter.kind,
    adapter,
    options: sourceOptions,
    offset: "+08:00",
    maxConnections: 1,
    windows: [],
    statementTargetMs: 500,
  };
  const pipelines = options.pipelines.map((pipeline) => pipelineConfig(pipeline, source));
  return {
    file: "test",
    site: "test-site",
    dataDirectory,
    timeZone: "Asia/Shanghai",
    platform: {
      url: "http://127.0.0.1:1",
      privateKey: "",
      keyId: "main",
      noProxy: [],
      timeoutMs: 10_000,
    },
    sources: new Map([["legacy", source]]),
    resources: new Map(pipelines.map(({ resource }) => [resource.identifier, resource])),
    pipelines,
    outbox: { maxBytes: 1024 ** 3, retainDeliveredMs: 60_000 },
    ledger: { keepMs: 400 * 24 * 3_600_000, maxBytes: 1024 ** 3 },
    alarms: {
      overdueAfterMs: 10 * 60_000,
      stalledAfterMs: 30 * 60_000,
      lagAfterMs: 30 * 60_000,
      waitingAfterMs: 10 * 60_000,
      quarantineGrowth: 100,
      slowdownPercent: 75,
    },
    warnings: [],
  };
}

export interface PipelineOptions extends Partial<
  Omit<PipelineConfig, "map" | "resource" | "relation" | "source">
> {
  readonly resource: ResourceDescriptor;
  readonly table: string;
  /** Item → column. */
  readonly columns: Readonly<Record<string, string>>;
}

function pipelineConfig(
  { table, columns, ...rest }: PipelineOptions,
  source: SourceConfig,
): PipelineConfig {
  return {
    name: rest.resource.identifier,
    mode: "diff",
    key: [],
    settleMs: 0,
    jitterMs: 0,
    pageRows: 100,
    allowFullScan: false,
    maxDeletes: { percent: 10, rows: 1000 },
    onInvalid: "keep",
    maxQuarantined: 10_000,
    ...rest,
    source,
    relation: { table: [table] },
    map: Object.entries(columns).map(([item, column]) => ({
      item,
      from: { column },
      trim: false,
      nulls: [],
    })),
  };
}
