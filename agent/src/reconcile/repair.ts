import type { Outbox } from "@qianzhi/exchange";
import { recordHash } from "@qianzhi/sdk";
import type { RawRow, StreamName } from "@qianzhi/sdk";
import { guardHolds } from "../pipeline/delete-guard.ts";
import { POINT_READ_KEYS, pointRead } from "../pipeline/diff-deletes.ts";
import { maskedKey } from "../pipeline/masked-key.ts";
import { noChanges } from "../pipeline/page-changes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import type { Nominations } from "../pipeline/reread.ts";
import { writePipelineState, type GuardReport } from "../state/pipeline-state.ts";
import type { RepairedKey } from "../state/reconciliations.ts";
import { believed } from "./believed.ts";
import type { Comparison, Difference } from "./compare.ts";
import { goneKeys } from "./gone-keys.ts";
import { lastSealed, type LastSealed } from "./last-sealed.ts";
import { judgeOf, liveRows } from "./live-records.ts";

export interface RepairOptions {
  readonly comparison: Comparison;
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly nominations: Nominations;
  /** Rows of which the quarantine does not say what they are: see `strayRows`. */
  readonly strays: readonly string[];
  /** Deletions that a person has allowed. */
  readonly approvedDeletes: number | null;
  /** Where the position stood at the reconciliation before. */
  readonly stampBefore: string | number | undefined;
}

export interface Repairs {
  readonly repaired: readonly RepairedKey[];
  readonly held?: GuardReport;
  /** Rows are nominated: the next poll seals what they are by then. */
  readonly isNominated: boolean;
}

/** A difference with a key, that is no refusal. */
export type Candidate = Difference & { readonly key: string; readonly kind: RepairedKey["kind"] };

/**
 * Looks again at each key that a comparison has found to differ, in the serial stage, after a poll that began when the
 * comparison had ended. What was sealed last of a key is what the platform holds, changed by what was sealed behind
 * its last batch then: a key whose row has that record now was only on its way. The others are nominated to be read and
 * sealed by the next poll. A record without a row is deleted when another look at the source does not find it either,
 * and the delete guard agrees.
 */
export async function repairDifferences(
  run: PipelineRun,
  options: RepairOptions,
): Promise<Repairs> {
  const { comparison, outbox, stream } = options;
  const candidates = comparison.differences.filter(isCandidate);
  const keys = new Set(candidates.map(({ key }) => key));
  const sealed = await lastSealed(outbox, stream, keys, comparison.asOf);
  if (run.config.mode === "replace") return replaceAgain(run, candidates, options);
  const differing = await stillDiffering(run, candidates, sealed);
  const surplus = candidates.filter(
    ({ key, kind }) => kind === "surplus" && sealed.get(key)?.isLater !== true,
  );
  const gone = await goneKeys(run, surplus);
  return sealRepairs(run, { ...options, differing, gone, sealed });
}

const isCandidate = (difference: Difference): difference is Candidate =>
  difference.key !== null && difference.kind !== "refused";

/** What is sent as a whole is sent again as a whole, unless it is on its way. */
async function replaceAgain(
  run: PipelineRun,
  candidates: readonly Candidate[],
  { outbox, stream, comparison: { asOf } }: RepairOptions,
): Promise<Repairs> {
  const { epoch, sequence } = outbox.head(stream);
  if (epoch !== asOf.epoch || sequence !== asOf.sequence)
    return { repaired: [], isNominated: false };
  await run.stage.seal(noChanges, () =>
    writePipelineState(run.store, run.config.name, { resync: true }),
  );
  const because = "changed-at-platform";
  return {
    repaired: candidates.map(({ key, kind }) => ({ key, kind, because })),
    isNominated: true,
  };
}

/** A candidate whose row was read again and still differs. */
export interface Differing extends Candidate {
  readonly sourceKey: string;
  readonly row: RawRow;
  /** Hex hash of the record that the row is now. */
  readonly hash: string;
}

async function stillDiffering(
  run: PipelineRun,
  candidates: readonly Candidate[],
  sealed: ReadonlyMap<string, LastSealed>,
): Promise<readonly Differing[]> {
  const withRow = new Map(
    candidates.flatMap((each) => (each.sourceKey === null ? [] : [[each.sourceKey, each]])),
  );
  const sourceKeys = [...withRow.keys()];
  const judge = judgeOf(run);
  const differing: Differing[] = [];
  for (let start = 0; start < sourceKeys.length; start += POINT_READ_KEYS) {
    const page = await pointRead(run, sourceKeys.slice(start, start + POINT_READ_KEYS));
    for (const [place, row] of page.rows.entries()) {
      const sourceKey = run.sourceKey(row);
      const candidate = sourceKey === null ? undefined : withRow.get(sourceKey);
      if (sourceKey === null || candidate === undefined || page.deleted?.[place] === 1) continue;
      const { key, text } = judge(row);
      // A row with another key, or unfit to be sent, is another matter by now, and the poll has seen to it.
      if (key !== candidate.key || text === null) continue;
      const hash = Buffer.from(recordHash(key, text)).toString("hex");
      const last = sealed.get(key);
      if (hash !== (last?.isLater === true ? last.hash : candidate.held))
        differing.push({ ...candidate, sourceKey, row, hash });
    }
  }
  return differing;
}

interface Findings extends RepairOptions {
  readonly differing: readonly Differing[];
  readonly gone: readonly Candidate[];
  readonly sealed: ReadonlyMap<string, LastSealed>;
}

async function sealRepairs(run: PipelineRun, findings: Findings): Promise<Repairs> {
  const { differing, gone, sealed, comparison, nominations, approvedDeletes } = findings;
  const { maxDeletes, name, resource, key: columns } = run.config;
  const seen = {
    before: comparison.platformRecords,
    deletes: gone.length,
    // A source that has been emptied since is being loaded again.
    sourceRows: gone.length > 0 && (await isEmpty(run)) ? 0 : comparison.sourceRows,
  };
  const sourceKeys = [...findings.strays, ...differing.map(({ sourceKey }) => sourceKey)];
  const isHeld = guardHolds(seen, maxDeletes, approvedDeletes);
  const deleted = isHeld ? [] : gone;
  await run.stage.seal(
    {
      ...noChanges,
      deletes: deleted.map(({ key }) => ({
        key,
        sourceKey: run.likelySourceKey(key) ?? unknownSourceKey(columns),
      })),
    },
    () => {
      const nominated = sourceKeys.map((sourceKey) => ({ sourceKey, deletedKey: null }));
      if (!nominations.add(nominated, run.world.clock.now()))
        writePipelineState(run.store, name, { resync: true });
    },
  );
  const repaired = [...differing, ...deleted].map((each) => ({
    key: each.key,
    kind: each.kind,
    because: believed(run, each, sealed.get(each.key), findings.stampBefore),
  }));
  const isNominated = sourceKeys.length > 0;
  if (!isHeld) return { repaired, isNominated };
  const samples = gone.slice(0, SAMPLES).map(({ key }) => maskedKey(key, resource.items));
  const { before, deletes } = seen;
  return { repaired, isNominated, held: { before, deletes, samples, at: run.world.clock.now() } };
}

/** Rows of the page that tells whether there are any. */
const LOOK_ROWS = 100;

async function isEmpty(run: PipelineRun): Promise<boolean> {
  const request = { ...run.request, pageRows: LOOK_ROWS };
  for await (const rows of liveRows({ ...run, request })) if (rows.length > 0) return false;
  return true;
}

/** Keys that are shown to the person who is to decide. */
const SAMPLES = 5;

/** Should the platform refuse the deletion for now, there is no row to look for before it is sent again. */
const unknownSourceKey = (columns: readonly string[]): string =>
  JSON.stringify(columns.map(() => null));
