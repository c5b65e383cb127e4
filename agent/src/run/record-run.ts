import type { Outbox } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { RunCounts } from "../pipeline/pipeline-run.ts";
import { readPipelineState, writePipelineState } from "../state/pipeline-state.ts";

/** Keeps what became of a run, and gives it a line in the ledger when something moved or the trouble is another one. */
export function recordRun(
  outbox: Outbox,
  pipeline: string,
  run: { readonly startedAt: number; readonly counts: RunCounts; readonly error?: unknown },
): void {
  const { store, ledger } = outbox;
  const { startedAt, counts, error } = run;
  const at = Math.floor(store.world.clock.now());
  const known = QianzhiError.is(error) ? error : undefined;
  const lastError =
    error === undefined
      ? null
      : { code: known?.code ?? "QZ_INTERNAL", details: known?.details ?? {}, at };
  const moved = counts.upserts + counts.deletes + counts.quarantined > 0;
  const before = readPipelineState(store, pipeline);
  store.transaction(
    () => {
      writePipelineState(store, pipeline, {
        lastRunAt: Math.floor(startedAt),
        lastError,
        ...(error === undefined ? { lastSuccessAt: at } : {}),
      });
      if (moved || lastError?.code !== before.lastError?.code)
        ledger.append("run", {
          pipeline,
          ...counts,
          ...(lastError === null ? {} : { error: lastError.code }),
        });
    },
    { durable: false },
  );
}
