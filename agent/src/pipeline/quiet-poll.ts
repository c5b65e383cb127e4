import type { ChangesPage, RelationDescription } from "@qianzhi/sdk";
import { readPipelineState } from "../state/pipeline-state.ts";
import type { CompiledPipeline } from "./compile-pipeline.ts";
import { nothingNew } from "./cursor.ts";
import type { MarkMemory } from "./mark-source.ts";
import { firstPage, isQuiet, noteKept } from "./native.ts";
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
  /** The columns that were found to be readable, as they were described, and the shape that was remembered of them. */
  shape?: { readonly columns: string; readonly stored: string | undefined };
  /** What was compiled last, and of which description. */
  compiled?: { readonly described: string; readonly pipeline: CompiledPipeline };
  /** When the source was asked which server it is. */
  serverAskedAtMs?: number;
  /** The shape of the relation under which its statements were found to be cheap enough. */
  affordable?: string;
  mark?: MarkMemory;
}

/**
 * A relation is described anew before any row of it is mapped, and this often when there is none: a changed column is
 * noticed then, though nothing was written.
 */
const DESCRIBE_EVERY_MS = 5 * 60_000;

/** What a look at a relation found: nothing new, something, or that it takes more than a look. */
export type Look =
  | { readonly found: "nothing" | "unknown" }
  /** With the first page of the feed, in mode native. */
  | { readonly found: "something"; readonly page?: ChangesPage };

const unknown: Look = { found: "unknown" };

/**
 * The poll of an unchanged table: one indexed statement, and nothing described, compiled or written. What it finds need
 * not be asked for again.
 */
export async function lookAt(options: RunOptions): Promise<Look> {
  const { config, memory, store, world, nominations } = options;
  const known = memory.relation;
  // Whatever goes wrong from here on, the relation may not be what it was.
  delete memory.relation;
  if (config.mode === "diff" || known === undefined) return unknown;
  if (world.clock.monotonic() - known.describedAtMs >= DESCRIBE_EVERY_MS) return unknown;
  const state = readPipelineState(store, config.name);
  if (state.fingerprint !== known.prepared.fingerprint || state.resync) return unknown;
  if (nominations.due(1).length > 0) return unknown;
  const { source, signal, stage, counts } = options;
  const run = { ...known.prepared, source, signal, stage, counts, state };
  if (config.mode === "native") {
    const { config: prepared, request } = run;
    const { feed } = rowFeed(source, prepared, request.columns, signal);
    const page = feed === undefined ? undefined : await firstPage(state, feed);
    if (page === undefined) return unknown;
    if (!isQuiet(page, state)) return { found: "something", page };
    noteKept(run, page);
  } else {
    if (!(await nothingNew(run))) return { found: "something" };
    await readNulls(run, known.description);
  }
  memory.relation = known;
  return { found: "nothing" };
}
