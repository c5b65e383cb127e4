import type { Store } from "@qianzhi/exchange";
import type { LoadSum } from "../care/source-load.ts";
import { openingIn } from "../care/time-window.ts";
import type { SiteConfig, SourceConfig } from "../config/site-config.ts";
import { readSourceLoad } from "../state/source-loads.ts";

/** The load that the agent puts on a source, and whether it spares it. */
export interface SourceStatus {
  readonly name: string;
  /** When the agent last noted it; null before it has asked anything. Everything below is of its last life. */
  readonly asOf: string | null;
  readonly since: string | null;
  readonly lastHour: SourceUse;
  readonly sinceStart: SourceUse;
  /** Rows that each pipeline asks for at once, by what the source has taken for them. */
  readonly pageRows: Readonly<Record<string, number>>;
  /** Why it is asked less now, or in the last hour: it is outside its window, answered slowly, or keeps its row rate. */
  readonly spared: readonly ("window" | "slow" | "rate")[];
  /** When its window opens; null while it is open. */
  readonly opensAt: string | null;
}

export interface SourceUse {
  readonly statements: number;
  readonly rows: number;
  /** Time in which the source worked for us as a share of the time that passed; above 1 with several connections. */
  readonly busyShare: number;
}

export const sourceStatuses = (
  { sources, timeZone }: SiteConfig,
  store: Store,
): readonly SourceStatus[] =>
  [...sources.values()].map((source) => sourceStatus(source, timeZone, store));

function sourceStatus(
  { name, windows }: SourceConfig,
  timeZone: string,
  { database, world: { clock } }: Store,
): SourceStatus {
  const report = readSourceLoad(database, name);
  const closedMs = openingIn(windows, timeZone, clock).closedMs();
  const iso = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString();
  const { slowRestMs = 0, rateRestMs = 0 } = report?.hour ?? {};
  return {
    name,
    asOf: iso(report?.at),
    since: iso(report?.startedAt),
    lastHour: use(report?.hour),
    sinceStart: use(report?.total),
    pageRows: report?.pageRows ?? {},
    spared: [
      ...(closedMs === undefined ? [] : (["window"] as const)),
      ...(slowRestMs > 0 ? (["slow"] as const) : []),
      ...(rateRestMs > 0 ? (["rate"] as const) : []),
    ],
    opensAt: closedMs === undefined ? null : iso(clock.now() + closedMs),
  };
}

function use(sum: (LoadSum & { readonly elapsedMs: number }) | undefined): SourceUse {
  const { statements = 0, rows = 0, busyMs = 0, elapsedMs = 0 } = sum ?? {};
  const share = elapsedMs === 0 ? 0 : busyMs / elapsedMs;
  return { statements, rows, busyShare: Math.round(share * 10_000) / 10_000 };
}
