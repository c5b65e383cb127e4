import { isDeepStrictEqual } from "node:util";
import { QianzhiError, type World } from "@qianzhi/sdk";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import { noteLag } from "../state/lag-samples.ts";
import {
  readWatchFacts,
  writeWatchFacts,
  type AgentFacts,
  type PipelineFacts,
  type StandingFailure,
} from "../state/watch-facts.ts";
import { alarmsOf, type Alarm } from "./alarms.ts";
import { behindMs } from "./behind.ts";
import { viewOf, type PipelineView, type SiteView } from "./site-view.ts";

/** Growth is seen in samples over the time that is borne: so many in it. */
const SAMPLES_IN_LIMIT = 6;
const SAMPLES = 36;
const RATES = 60;
/** An agent that is started again within it was here all the time: one that dies again and again is not excused. */
const ABSENCE_MS = 10 * 60_000;
/** The wall clock was set when it has moved by so much more, or less, than time. */
const STEP_MS = 60_000;

/** Looks at a site and notes what it sees, so that any process can tell what is the matter. */
export interface SiteWatch {
  /** The alarms that stand now. @param agent Whether it is an agent that looks, which says what is raised and cleared. */
  look(agent: boolean): readonly Alarm[];
}

export function watchSite(site: Site, runners: readonly PipelineRunner[]): SiteWatch {
  const { store, outbox, config, delivery } = site;
  const { database, world } = store;
  let seen: { readonly wall: number; readonly monotonic: number } | undefined;
  let present: number | undefined;
  const watched = new Map(runners.map((runner) => [runner.config.name, runner]));

  /** Whether the wall clock was set since the last look. */
  function isStepped({ clock }: Pick<World, "clock">): boolean {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const stepMs = seen === undefined ? 0 : now.wall - seen.wall - (now.monotonic - seen.monotonic);
    seen = now;
    return Math.abs(stepMs) > STEP_MS;
  }

  function agentFacts({ now, agent }: SiteView): AgentFacts {
    const isBack = agent !== undefined && Math.abs(now - agent.aliveAt) < ABSENCE_MS;
    present ??= isBack ? agent.presentSince : now;
    return { presentSince: Math.min(present, now), aliveAt: now };
  }

  function pipelineFacts(view: SiteView, pipeline: PipelineView, stepped: boolean): PipelineFacts {
    const { now } = view;
    const {
      config: { name },
      facts,
      quarantined,
      isLoading,
      paused,
    } = pipeline;
    const runner = watched.get(name);
    if (runner === undefined) return { ...facts, run: null };
    const isHeld = paused || stepped || site.pools.get(runner.config.source.name)?.care.closed();
    const samples = stepped ? [] : facts.samples;
    const newest = samples.at(-1);
    const isDue =
      newest === undefined ||
      newest.isLoading !== isLoading ||
      now - newest.at >= view.limits.lagAfterMs / SAMPLES_IN_LIMIT;
    const rowsPerSecond = runner.progress.takeRate();
    const failure = delivery.state().streams.find(({ stream }) => stream.pipeline === name);
    return {
      run: runner.progress.run(),
      heldAt: isHeld ? now : facts.heldAt,
      delivery: standing(failure?.error, facts.delivery, now),
      samples: isDue
        ? [
            ...samples,
            { at: now, behindMs: behindMs(view, pipeline), quarantined, isLoading },
          ].slice(-SAMPLES)
        : samples,
      rates:
        rowsPerSecond === undefined
          ? facts.rates
          : [...facts.rates, { at: now, rowsPerSecond }].slice(-RATES),
    };
  }

  return {
    look(agent) {
      try {
        return looked(agent);
      } catch (error) {
        // A full disk, say: what stands in the way of looking is told by those whose work it stops.
        store.noticeDamage(error);
        world.log.debug("watch failed", { error });
        return [];
      }
    },
  };

  function looked(agent: boolean): readonly Alarm[] {
    if (agent) site.flush();
    const stepped = isStepped(world);
    const before = viewOf(config, outbox);
    const { now } = before;
    const attended = agent ? { ...before, agent: agentFacts(before) } : before;
    const { taken, target } = delivery.state();
    const failure = standing(taken ?? target?.error, before.target?.failure ?? null, now);
    const pipelines = attended.pipelines.map((pipeline) => ({
      ...pipeline,
      facts: pipelineFacts(attended, pipeline, stepped),
    }));
    const view: SiteView = { ...attended, pipelines, target: { failure, at: now } };
    const alarms = alarmsOf(view);
    const { raised } = readWatchFacts(database);
    const standingNow = agent ? tell(alarms, raised, now) : raised;
    store.transaction(
      () => {
        for (const { config: of, facts } of pipelines) {
          const newest = facts.samples.at(-1);
          if (newest?.at === now) noteLag(database, of.name, newest);
        }
        writeWatchFacts(database, {
          target: { failure, at: now },
          ...(agent && view.agent !== undefined ? { agent: view.agent } : {}),
          ...(isDeepStrictEqual(raised, standingNow) ? {} : { raised: standingNow }),
          pipelines: new Map(
            pipelines
              .filter(({ facts }, at) => !isDeepStrictEqual(facts, before.pipelines[at]?.facts))
              .map((pipeline) => [pipeline.config.name, pipeline.facts]),
          ),
        });
      },
      { durable: false },
    );
    return alarms;
  }

  /** Says what was not there before and what is no more; answers what stands, and since when. */
  function tell(
    alarms: readonly Alarm[],
    raised: Readonly<Record<string, number>>,
    now: number,
  ): Readonly<Record<string, number>> {
    const named = new Map(alarms.map((alarm) => [nameOf(alarm), alarm]));
    for (const [name, { pipeline, code, details }] of named)
      if (!(name in raised))
        world.log.warn("alarm", {
          ...(pipeline === null ? {} : { pipeline }),
          error: new QianzhiError(code, details),
        });
    for (const [name, since] of Object.entries(raised))
      if (!named.has(name)) {
        const [code = "", pipeline] = name.split(" ");
        world.log.info("alarm over", {
          ...(pipeline === undefined ? {} : { pipeline }),
          code,
          since: new Date(since).toISOString(),
        });
      }
    return Object.fromEntries([...named.keys()].map((name) => [name, raised[name] ?? now]));
  }
}

const nameOf = ({ pipeline, code }: Alarm): string =>
  pipeline === null ? code : `${code} ${pipeline}`;

/** A failure that was there before stands since then. */
function standing(
  error: QianzhiError | undefined,
  before: StandingFailure | null,
  now: number,
): StandingFailure | null {
  if (error === undefined) return null;
  const { code, details } = error;
  return before?.code === code ? { ...before, details } : { code, details, since: now };
}
