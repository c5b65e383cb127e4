import { userInfo } from "node:os";
import { QianzhiError } from "@qianzhi/sdk";
import { nominateQuarantined, type Asked } from "../quarantine/nominate-quarantined.ts";
import { retryOutcome, type RetryOutcome } from "../quarantine/retry-outcome.ts";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import { inEither } from "./in-either.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { errorDocument, errorText } from "./print-error.ts";
import { filterOf, type FilterOptions } from "./quarantine-filter.ts";

/** `qianzhi quarantine retry [PIPELINE]`: here, or by the agent that runs in the data directory. */
export async function retryQuarantine(
  invocation: Invocation,
  options: FilterOptions,
  word?: string,
): Promise<ExitCode> {
  const answered = await inEither(invocation, async (site, isLocked) => {
    const { pipeline, ...filter } = filterOf(invocation, site, options, word);
    const matching = [...site.runners.values()].filter(
      ({ config: { name } }) =>
        (pipeline === undefined || name === pipeline) &&
        site.outbox.quarantine.total({ ...filter, pipeline: name }) > 0,
    );
    if (matching.length === 0) invocation.say(invocation.text("quarantine.none"));
    const results = [];
    for (const runner of matching)
      results.push(await retryOne(invocation, { site, runner, filter, isLocked }));
    return results;
  });
  const ok = answered.every((each) => each.ok);
  invocation.answer({ ok, pipelines: answered });
  return ok ? 0 : 1;
}

interface Task {
  readonly site: Site;
  readonly runner: PipelineRunner;
  readonly filter: Omit<FilterOptions, "pipeline">;
  /** Another agent holds the directory. */
  readonly isLocked: boolean;
}

async function retryOne(invocation: Invocation, task: Task) {
  const { say, text, signal } = invocation;
  const { site, runner, isLocked } = task;
  const { name: pipeline } = runner.config;
  try {
    if (readPipelineState(site.store, pipeline).paused) {
      say(text("run.once.paused", { name: pipeline }));
      return { ok: false, name: pipeline, paused: true };
    }
    const asked = await ask(invocation, task);
    if (asked.readsAll) say(text("quarantine.everything", { pipeline }));
    if (!isLocked) {
      site.delivery.start();
      await runner.run(signal);
      await site.delivery.drain(signal);
    } else if (!(await agentIsDone(invocation, task, asked.entries.size)))
      return { ok: true, name: pipeline, later: asked.entries.size };
    const outcome: RetryOutcome = retryOutcome(site.outbox.quarantine, pipeline, asked);
    say(text("quarantine.retried", { pipeline, ...outcome }));
    return { ok: true, name: pipeline, ...outcome, everything: asked.readsAll };
  } catch (error) {
    if (signal.aborted) throw error;
    say(`${pipeline}: ${errorText(error, invocation.language, invocation.directory)}`);
    return { ...errorDocument(error, invocation.language), ok: false, name: pipeline };
  }
}

const ask = (
  { say, text, signal }: Invocation,
  { site: { outbox }, runner, filter, isLocked }: Task,
): Promise<Asked> =>
  runner.look(async (run) => {
    const { config, state, feed, fingerprint } = run;
    if (feed?.canReadAll === false)
      throw new QianzhiError("QZ_READ_UNSUPPORTED", {
        pipeline: config.name,
        feature: "quarantine retry",
        kind: config.source.kind,
      });
    if (isLocked && state.fingerprint !== null && state.fingerprint !== fingerprint)
      say(text("quarantine.stale", { pipeline: config.name }));
    const { stream, nominations } = runner;
    const by = userInfo().username;
    return nominateQuarantined(run, { filter, outbox, stream, nominations, by });
  }, signal);

/** How often to look whether the running agent is done. */
const LOOK_MS = 1_000;

/** False when the agent runs the pipeline only when it is told to. Throws what stops the pipeline meanwhile. */
async function agentIsDone(
  { say, text, signal, world }: Invocation,
  { site: { store, outbox }, runner }: Task,
  count: number,
): Promise<boolean> {
  const { name: pipeline, everyMs, schedule } = runner.config;
  if (everyMs === undefined && schedule === undefined) {
    say(text("quarantine.later", { pipeline, count }));
    return false;
  }
  say(text("quarantine.waiting", { pipeline, count }));
  for (;;) {
    await world.timers.sleep(LOOK_MS, signal);
    if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "quarantine retry" });
    const { lastError, resync, fullPass } = readPipelineState(store, pipeline);
    if (lastError !== null) throw new QianzhiError(lastError.code, lastError.details);
    const isRead = !resync && !fullPass && runner.nominations.due(1).length === 0;
    if (isRead && outbox.waiting(runner.stream).batches === 0) return true;
  }
}
