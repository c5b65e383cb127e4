import type { Store } from "@qianzhi/exchange";
import { writePipelineState } from "../state/pipeline-state.ts";

/** Runs that moved nothing, of all pipelines of a site. */
export interface QuietRuns {
  /** Notes a good run; times in milliseconds of the wall clock. Written a little later, together with the others. */
  note(pipeline: string, startedAt: number): void;
  /** Writes what is not written yet. */
  flush(): void;
}

/** An idle poll is worth no write of its own: hundreds of pipelines together make one this often. */
const WRITE_EVERY_MS = 15_000;

/** @param alongside What else is worth no transaction of its own. */
export function quietRuns(store: Store, alongside: () => void): QuietRuns {
  const { clock } = store.world;
  const runs = new Map<string, { readonly lastRunAt: number; readonly lastSuccessAt: number }>();
  let writtenAt = -Infinity;
  const flush = (): void => {
    if (runs.size === 0) return;
    const write = (): void => {
      runs.forEach((run, pipeline) => writePipelineState(store, pipeline, run));
      alongside();
    };
    store.transaction(write, { durable: false });
    runs.clear();
    writtenAt = clock.monotonic();
  };
  return {
    note(pipeline, startedAt) {
      runs.set(pipeline, {
        lastRunAt: Math.floor(startedAt),
        lastSuccessAt: Math.floor(clock.now()),
      });
      if (clock.monotonic() - writtenAt >= WRITE_EVERY_MS) flush();
    },
    flush,
  };
}
