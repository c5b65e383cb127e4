import type { RelationDescription } from "@qianzhi/sdk";
import { readPipelineState } from "../state/pipeline-state.ts";
import { nothingNew } from "./cursor.ts";
import { feedIsQuiet } from "./native.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { readNulls } from "./read-nulls.ts";
import { rowFeed } from "./row-feed.ts";
import type { RunOptions } from "./run-pipeline.ts";

/** What a pipeline knows of its relation from its last complete run on. */
export interface PipelineMemory {
  relation?: {
    readonly description: RelationDescription;
    readonly prepared: PipelineRun;
    readonly describedAtMs: number;
  };
  /** The shape of the relation under which its statements were found to be cheap enough. */
  affordable?: string;
}

/**
 * A relation is described anew before any row of it is mapped, and this often when there is none: a changed column is
 * noticed then, though nothing was written.
 */
const DESCRIBE_EVERY_MS = 5 * 60_000;

/**
 * The poll of an unchanged table: one indexed statement, and nothing described, compiled or written. False when there
 * may be something to do; nothing was done then.
 */
export async function isQuiet(options: RunOptions): Promise<boolean> {
  const { config, memory, store, world, nominations } = options;
  const known = memory.relation;
  // Whatever goes wrong from here on, the relation may not be what it was.
  delete memory.relation;
  if (config.mode === "diff" || known === undefined) return false;
  if (world.clock.monotonic() - known.describedAtMs >= DESCRIBE_EVERY_MS) return false;
  const state = readPipelineState(store, config.name);
  if (state.fingerprint !== known.prepared.fingerprint || state.resync) return false;
  if (nominations.due(1).length > 0) return false;
  const { source, signal, stage, counts } = options;
  const run = { ...known.prepared, source, signal, stage, counts, state };
  if (config.mode === "native") {
    const { config: prepared, request } = run;
    const { feed } = rowFeed(source, prepared, request.columns, signal);
    if (feed === undefined || !(await feedIsQuiet(state, feed))) return false;
  } else {
    if (!(await nothingNew(run))) return false;
    await readNulls(run, known.description);
  }
  memory.relation = known;
  return true;
}
