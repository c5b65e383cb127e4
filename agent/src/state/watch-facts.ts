import { storedJson } from "@qianzhi/exchange";
import type { Database } from "@qianzhi/exchange";
import type { ErrorCode } from "@qianzhi/sdk";

/** What the watchdog of an agent has seen of the agent itself. Times are milliseconds of the wall clock. */
export interface AgentFacts {
  /** Since when one has been here; one that was started again at once has been here all the time. */
  readonly presentSince: number;
  readonly aliveAt: number;
}

/** What delivery could not do when it was looked at last. */
export interface TargetFacts {
  /** The platform as a whole cannot be reached, or takes nothing. */
  readonly failure: StandingFailure | null;
  readonly at: number;
}

export interface StandingFailure {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly since: number;
}

/** What it has seen of a pipeline. */
export interface PipelineFacts {
  /** The run under way. */
  readonly run: RunFacts | null;
  /** When it was last seen that nothing could be expected of it: paused, its source closed, the clock set. */
  readonly heldAt: number | null;
  /** Why its batches cannot be delivered. */
  readonly delivery: StandingFailure | null;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** Oldest first. */
  readonly rates: readonly Rate[];
}

/** Rows that the source gave for each second in which it worked. */
export interface Rate {
  readonly at: number;
  readonly rowsPerSecond: number;
}

export interface RunFacts {
  readonly startedAt: number;
  /** It has a connection; else it waits for one. */
  readonly isReading: boolean;
  /** When the source last answered it, or it got its connection. */
  readonly answeredAt: number;
}

export interface Sample {
  readonly at: number;
  /** How far the platform's copy is behind what the schedule promises. */
  readonly behindMs: number;
  readonly quarantined: number;
  /** It was reading everything anew. */
  readonly isLoading: boolean;
}

export const noFacts: PipelineFacts = {
  run: null,
  heldAt: null,
  delivery: null,
  samples: [],
  rates: [],
};

/** Facts by what they are of: `agent`, `target`, `raised`, or `pipeline NAME`. */
export interface WatchFacts {
  readonly agent: AgentFacts | undefined;
  readonly target: TargetFacts | undefined;
  /** Alarms that stand, by name, and since when. */
  readonly raised: Readonly<Record<string, number>>;
  pipeline(name: string): PipelineFacts;
}

export function readWatchFacts(database: Database): WatchFacts {
  const rows = database
    .prepare<{ about: string; facts: string }>("SELECT about, facts FROM watch")
    .all();
  const facts = new Map(rows.map(({ about, facts: text }) => [about, storedJson(text)]));
  return {
    agent: facts.get("agent") as AgentFacts | undefined,
    target: facts.get("target") as TargetFacts | undefined,
    raised: (facts.get("raised") ?? {}) as Readonly<Record<string, number>>,
    pipeline: (name) => (facts.get(`pipeline ${name}`) as PipelineFacts | undefined) ?? noFacts,
  };
}

/** In the caller's transaction. */
export function writeWatchFacts(
  database: Database,
  changes: {
    readonly agent?: AgentFacts;
    readonly target?: TargetFacts;
    readonly raised?: Readonly<Record<string, number>>;
    readonly pipelines?: ReadonlyMap<string, PipelineFacts>;
  },
): void {
  const { agent, target, raised, pipelines = new Map<string, PipelineFacts>() } = changes;
  const write = database.prepare(
    "INSERT INTO watch VALUES (?, ?) ON CONFLICT DO UPDATE SET facts = excluded.facts",
  );
  for (const [about, facts] of Object.entries({ agent, target, raised }))
    if (facts !== undefined) write.run(about, JSON.stringify(facts));
  for (const [name, facts] of pipelines) write.run(`pipeline ${name}`, JSON.stringify(facts));
}
