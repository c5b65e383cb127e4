import type { SiteStatus } from "../run/status.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The state of a site for Prometheus, in its text format 0.0.4. Names and units as its conventions have them. */
export function metrics(status: SiteStatus, residentBytes: number): string {
  const { pipelines, sources, outbox, issues } = status;
  const each = (of: (pipeline: SiteStatus["pipelines"][number]) => number | null) =>
    pipelines.flatMap((pipeline) => {
      const value = of(pipeline);
      return value === null ? [] : [{ labels: { pipeline: pipeline.name }, value }];
    });
  const seconds = (iso: string | null): number | null =>
    iso === null ? null : Date.parse(iso) / 1_000;
  return [
    gauge("qianzhi_issues", "Things that a person should do something about.", [
      { value: issues.length },
    ]),
    gauge("qianzhi_issue", "Each of them by its code.", countedByCode(issues)),
    gauge(
      "qianzhi_pipeline_state",
      "1 for the state that a pipeline is in.",
      pipelines.map(({ name, state }) => ({ labels: { pipeline: name, state }, value: 1 })),
    ),
    gauge(
      "qianzhi_pipeline_lag_seconds",
      "How old the platform's copy may be.",
      each(({ lagSeconds }) => lagSeconds),
    ),
    gauge(
      "qianzhi_pipeline_waiting_batches",
      "Batches without a receipt.",
      each(({ waitingBatches }) => waitingBatches),
    ),
    gauge(
      "qianzhi_pipeline_quarantined_records",
      "Records in quarantine.",
      each(({ quarantined }) => quarantined),
    ),
    gauge(
      "qianzhi_pipeline_last_success_timestamp_seconds",
      "When the last good run ended.",
      each(({ lastSuccessAt }) => seconds(lastSuccessAt)),
    ),
    gauge(
      "qianzhi_pipeline_last_reconciliation_timestamp_seconds",
      "When source and platform were compared last.",
      each(({ reconciliation }) => seconds(reconciliation?.at ?? null)),
    ),
    gauge("qianzhi_outbox_waiting_bytes", "Bytes of batches without a receipt.", [
      { value: outbox.waitingBytes },
    ]),
    gauge("qianzhi_outbox_limit_bytes", "Bytes that they may take.", [{ value: outbox.maxBytes }]),
    gauge(
      "qianzhi_source_statements",
      "Statements put to a source in the last hour.",
      sources.map(({ name, lastHour }) => ({
        labels: { source: name },
        value: lastHour.statements,
      })),
    ),
    gauge(
      "qianzhi_source_busy_ratio",
      "Share of the last hour in which a source worked for us.",
      sources.map(({ name, lastHour }) => ({
        labels: { source: name },
        value: lastHour.busyShare,
      })),
    ),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", [
      { value: residentBytes },
    ]),
  ].join("");
}

function countedByCode(issues: SiteStatus["issues"]): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const { code } of issues) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, value]) => ({ labels: { code }, value }));
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
