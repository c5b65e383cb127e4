import { knownTarget } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import { reconcilePipeline } from "../reconcile/reconcile.ts";
import { readPipelineState } from "../state/pipeline-state.ts";
import type { PipelineRunner } from "./pipeline-runner.ts";
import type { Site } from "./site.ts";

/**
 * Reconciles the pipelines of which a reconciliation is owed, one after the other, and delivers what that sealed: a site
 * that is only ever run by hand or by cron comes to rest by itself, too. Answers what stopped one, by its name.
 */
export async function payOwed(
  site: Site,
  runners: readonly PipelineRunner[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, QianzhiError>> {
  const failures = new Map<string, QianzhiError>();
  for (const runner of runners) {
    try {
      while (isOwed(site, runner)) {
        const { isPart } = await reconcilePipeline(site, runner, signal);
        await site.delivery.drain(signal);
        if (!isPart) break;
      }
    } catch (error) {
      if (signal.aborted) break;
      // It stays owed, as status says, and is no failure of this run.
      if (QianzhiError.is(error) && notNow.has(error.code)) continue;
      failures.set(
        runner.config.name,
        QianzhiError.is(error) ? error : new QianzhiError("QZ_INTERNAL", {}, { cause: error }),
      );
    }
  }
  return failures;
}

const notNow: ReadonlySet<string> = new Set<QianzhiError["code"]>([
  "QZ_OUTSIDE_WINDOW",
  "QZ_READ_UNSUPPORTED",
  "QZ_DIGESTS_UNSUPPORTED",
]);

function isOwed({ store, outbox }: Site, runner: PipelineRunner): boolean {
  const {
    config: { name },
    stream,
  } = runner;
  if (runner.denied() !== undefined) return false;
  const { paused, fullPass, resync } = readPipelineState(store, name);
  const mayBe = !paused && !fullPass && !resync && knownTarget(store)?.digests !== false;
  return mayBe && outbox.owed(stream) !== undefined && outbox.waiting(stream).batches === 0;
}
