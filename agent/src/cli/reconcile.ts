import { userInfo } from "node:os";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { maskedKey, wholeKey } from "../pipeline/masked-key.ts";
import { reconcilePipeline } from "../reconcile/reconcile.ts";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import {
  readReconciliation,
  writeReconciliation,
  type ReconciliationOutcome,
} from "../state/reconciliations.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { inEither } from "./in-either.ts";
import { errorDocument, errorText } from "./print-error.ts";
import { sayProof } from "./say-proof.ts";
import { wholeNumber } from "./whole-number.ts";

interface Task {
  readonly site: Site;
  readonly runner: PipelineRunner;
  /** Keys that are shown, and whether unmasked. */
  readonly limit: number;
  readonly values: boolean;
}

/** `qianzhi reconcile [PIPELINE…]`: here, or by the agent that runs in the data directory. */
export function reconcileCommand(program: Command, cli: Cli): void {
  program
    .command("reconcile")
    .description(cli.text("reconcile"))
    .argument("[pipelines...]", cli.text("pipelines"))
    .option("--limit <count>", cli.text("quarantine.limit"), wholeNumber(cli, 1, 100_000), 20)
    .option("--values", cli.text("compare.values"))
    .action(
      cli.action(
        async (
          invocation: Invocation,
          { limit, values = false }: { readonly limit: number; readonly values?: boolean },
          names: readonly string[],
        ): Promise<ExitCode> => {
          const answered = await inEither(invocation, async (site, isLocked) => {
            const results = [];
            for (const runner of namedPipelines(site, names, invocation))
              results.push(
                await reconcileOne(invocation, { site, runner, limit, values }, isLocked),
              );
            sayProof(invocation, site.store);
            return results;
          });
          const ok = answered.every((each) => each.ok);
          invocation.answer({ ok, pipelines: answered });
          return ok ? 0 : 1;
        },
      ),
    );
}

async function reconcileOne(invocation: Invocation, task: Task, isLocked: boolean) {
  const { site, runner } = task;
  const { name } = runner.config;
  try {
    if (readPipelineState(site.store, name).paused) {
      invocation.say(invocation.text("run.once.paused", { name }));
      return { ok: false, name, paused: true };
    }
    if (isLocked) return show(invocation, task, await askAgent(invocation, site, name));
    site.delivery.start();
    await site.delivery.drain(invocation.signal);
    for (;;) {
      const outcome = await reconcilePipeline(site, runner, invocation.signal);
      const shown = show(invocation, task, outcome);
      await site.delivery.drain(invocation.signal);
      if (!outcome.isPart) return shown;
      invocation.say(invocation.text("reconcile.part"));
    }
  } catch (error) {
    if (invocation.signal.aborted) throw error;
    invocation.say(`${name}: ${errorText(error, invocation.language, invocation.directory)}`);
    return { ...errorDocument(error, invocation.language), ok: false, name };
  }
}

/** How often to look whether the running agent is done. */
const LOOK_MS = 1_000;

async function askAgent(
  { say, text, signal, world }: Invocation,
  { store, outbox }: Site,
  pipeline: string,
): Promise<ReconciliationOutcome> {
  store.transaction(() => {
    writeReconciliation(store, pipeline, { askedAt: Math.floor(world.clock.now()) });
    outbox.ledger.append("reconcile", { pipeline, by: userInfo().username });
  });
  say(text("reconcile.waiting", { pipeline }));
  for (;;) {
    await world.timers.sleep(LOOK_MS, signal);
    const state = readReconciliation(store, pipeline);
    if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "reconcile" });
    if (state === undefined || state.askedAt !== null) continue;
    if (state.error !== null) throw new QianzhiError(state.error.code, state.error.details);
    if (state.outcome !== null && !state.outcome.isPart) return state.outcome;
  }
}

function show(
  { say, text, language }: Invocation,
  { site: { outbox }, runner, limit, values }: Task,
  outcome: ReconciliationOutcome,
) {
  const { name: pipeline, resource } = runner.config;
  const { keys, held, stamp: _, ...counts } = outcome;
  const { missing, stale, surplus } = outcome.repaired;
  const isRepaired = missing + stale + surplus > 0;
  const line = outcome.isResent
    ? "reconcile.resent"
    : isRepaired || held !== undefined
      ? "reconcile.repaired"
      : outcome.named > 0
        ? "reconcile.named"
        : "reconcile.equal";
  say(text(line, { pipeline, ...counts, ...outcome.repaired }));
  if (values && keys.length > 0)
    outbox.ledger.append("keys-shown", {
      pipeline,
      keys: keys.length,
      by: userInfo().username,
    });
  const shown = keys.map(({ key, kind, because }) => ({
    key: values ? wholeKey(key) : maskedKey(key, resource.items),
    kind,
    because,
  }));
  for (const { key, kind, because } of shown.slice(0, limit))
    say(`    ${key}  ${text(`reconcile.kind.${kind}`)}: ${text(`reconcile.because.${because}`)}`);
  if (shown.length > limit) say(text("compare.more", { count: shown.length - limit }));
  const error =
    held === undefined
      ? undefined
      : describeError(new QianzhiError("QZ_DELETE_GUARD", { pipeline, ...held }), language);
  if (error !== undefined) say(`  ${error.code} ${error.message}\n  ${error.hint}`);
  return {
    ok: held === undefined,
    name: pipeline,
    resource: resource.identifier,
    ...counts,
    keys: shown,
    ...(error === undefined ? {} : { error, samples: held?.samples }),
  };
}
