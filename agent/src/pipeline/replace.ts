import { knownTarget, UpsertWriter } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { ResourceDigest } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { isDue } from "../world/is-due.ts";
import { guardHolds } from "./delete-guard.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { stageRecords, type StagedRecords } from "./stage-records.ts";

/*
 * A poll by replacement lists the relation in one statement, stages its records, and seals them as one generation:
 * begin, parts, commit. Only the commit moves anything, here as at the platform: whatever ends a run before it leaves a
 * generation that is never committed, and the next run begins another. A content that the platform has by the last
 * commit of this epoch is not sent again; one that it refused is not sent again before it is another.
 */
export async function pollReplace(run: PipelineRun): Promise<void> {
  const { config, state, stage, counts, store } = run;
  if (knownTarget(store)?.generations === false)
    throw new QianzhiError("QZ_GENERATIONS_UNSUPPORTED", { pipeline: config.name });
  const records = await stageRecords(run);
  const quarantined = stage.sealRefused(records.refused);
  const { digest } = records;
  if (isHeld(run, digest)) {
    counts.unchanged += records.rows - quarantined;
    if (state.guard !== null)
      await stage.seal(noChanges, () => writePipelineState(store, config.name, guardPassed));
    const { aborted } = state.replaced ?? {};
    if (aborted === undefined) return;
    throw abortedError(config.name, digest.count, aborted);
  }
  const before = await heldRecords(run);
  await guardContent(run, records, before);
  counts.unchanged += records.refused.length - quarantined;
  await sealGeneration(run, records, before);
}

/** That the platform kept what it had. */
export const abortedError = (
  pipeline: string,
  count: number,
  aborted: { readonly refused: number; readonly reason: string },
): QianzhiError => new QianzhiError("QZ_GENERATION_ABORTED", { pipeline, count, ...aborted });

const guardPassed = { guard: null, approvedDeletes: null } as const;

/** How long a content rests of which records were refused for the time being, before all of it is sent again. */
export const SEND_AGAIN_MS = 15 * 60_000;

/** Whether the platform has this content by the last commit, or has refused it and was not asked long enough ago. */
function isHeld({ state, stage, world }: PipelineRun, digest: ResourceDigest): boolean {
  const { replaced, againAt, fullPass } = state;
  if (fullPass || replaced === null) return false;
  if (againAt !== null && isDue(againAt, world.clock.now(), SEND_AGAIN_MS)) return false;
  const isSame = replaced.count === digest.count && replaced.sum === digest.sum;
  return isSame && (replaced.aborted !== undefined || replaced.epoch === stage.epoch());
}

/** Records that the platform holds of this pipeline: as far as is known here, else by its own count, since the data directory may be a new one. */
async function heldRecords({ state: { replaced }, heldThere }: PipelineRun): Promise<number> {
  if (replaced === null) return (await heldThere()) ?? 0;
  return replaced.aborted === undefined ? replaced.count : replaced.before;
}

/** Fewer records than before are as many deletions, and rows of which none can be sent are an empty source: see the delete guard. */
async function guardContent(
  run: PipelineRun,
  { digest }: StagedRecords,
  before: number,
): Promise<void> {
  const { config, state, store } = run;
  const deletes = Math.max(0, before - digest.count);
  const seen = { before, deletes, sourceRows: digest.count };
  if (!guardHolds(seen, config.maxDeletes, state.approvedDeletes)) return;
  const guard = { before, deletes, samples: [], at: run.world.clock.now() };
  await run.stage.seal(noChanges, () => writePipelineState(store, config.name, { guard }));
  throw new QianzhiError("QZ_DELETE_GUARD", { pipeline: config.name, deletes, before });
}

/** As many refused records as rows may be gone: a refused record is missing at the platform, too. Never all of them. */
export function mostRefused(
  count: number,
  { percent, rows }: PipelineConfig["maxDeletes"],
): number {
  return Math.max(0, Math.min(count - 1, Math.max(rows, Math.floor((count * percent) / 100))));
}

async function sealGeneration(
  run: PipelineRun,
  { digest, texts }: StagedRecords,
  before: number,
): Promise<void> {
  const { config, store, stage, world } = run;
  const id = Buffer.from(world.random.bytes(16)).toString("hex");
  const open = await stage.beginGeneration(id, () => {
    // Until the commit nothing of what was sent before may be relied on; what other modes know means nothing any more.
    writePipelineState(store, config.name, { fullPass: true, againAt: null });
    for (const table of ["diff_block", "key_claim", "sealed_key", "nomination"])
      store.database.prepare(`DELETE FROM ${table} WHERE pipeline = ?`).run(config.name);
  });
  for (const lines of parts(texts(), partBytes(run))) await open.part(lines);
  const maxRefused = mostRefused(digest.count, config.maxDeletes);
  await open.commit({ ...digest, maxRefused }, (epoch) =>
    writePipelineState(store, config.name, {
      ...guardPassed,
      fullPass: false,
      replaced: { id, epoch, ...digest, before },
    }),
  );
}

/** Room is left in a batch for its manifest; the platform may take less than the outbox. */
const partBytes = ({ store, rules }: PipelineRun): number =>
  Math.min(rules.partBytes, Math.floor((knownTarget(store)?.maxBatchBytes ?? Infinity) / 2));

function* parts(texts: Iterable<string>, most: number) {
  let writer: UpsertWriter | undefined;
  for (const text of texts) {
    if (writer !== undefined && writer.byteLength + text.length * 3 > most) {
      yield writer.finish();
      writer = undefined;
    }
    writer ??= new UpsertWriter(Math.min(most, FIRST_BYTES));
    writer.add(text);
  }
  if (writer !== undefined) yield writer.finish();
}

/** Memory that a part begins with. */
const FIRST_BYTES = 64 * 1024;
