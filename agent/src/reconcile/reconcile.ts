import { QianzhiError } from "@qianzhi/sdk";
import { readPipelineState, writePipelineState } from "../state/pipeline-state.ts";
import {
  readReconciliation,
  writeReconciliation,
  type ReconciliationOutcome,
  type RepairedKey,
} from "../state/reconciliations.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { readWithholding, writeWithholding } from "../state/withholdings.ts";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import { rowName, sourceKeyIn } from "../run/stage.ts";
import { compareWithPlatform, type Comparison } from "./compare.ts";
import { refusalsOf } from "./refusals.ts";
import { repairDifferences, type Repairs } from "./repair.ts";

/** Keys that are kept of a reconciliation, for whoever asks what differed. */
const KEPT_KEYS = 1_000;

/**
 * Compares a pipeline's relation with the platform's copy, and has sealed again what differs: see `repairDifferences`.
 * Rows are read beside the polls; only the repair takes the pipeline's turn. The result is kept with its line in the
 * ledger, and a reconciliation that was owed is paid when nothing is left to look into.
 */
export async function reconcilePipeline(
  site: Pick<Site, "store" | "outbox" | "target">,
  runner: PipelineRunner,
  signal: AbortSignal,
): Promise<ReconciliationOutcome> {
  const { store, outbox, target } = site;
  const { config, stream } = runner;
  const { clock } = store.world;
  const denied = runner.denied();
  if (denied !== undefined) throw denied;
  const before = readReconciliation(store, config.name);
  const startedAt = clock.monotonic();
  const { epoch } = outbox.head(stream);
  const { narrowed } = readWithholding(store, config.name);
  const comparison = await runner.readAll(async (run) => {
    if (run.feed?.canReadAll === false)
      throw new QianzhiError("QZ_READ_UNSUPPORTED", {
        pipeline: config.name,
        feature: "reconcile",
        kind: config.source.kind,
      });
    return compareWithPlatform(narrowing(run), target, stream, refusalsOf(outbox, config.name));
  }, signal);
  // So much that all is sent again sooner than key by key; what is left then is deletions.
  const isResent = comparison.bucketsLeft > 0 && before?.outcome?.isResent !== true;
  const strays = strayRows(site, runner, comparison);
  const differs =
    strays.length > 0 || comparison.differences.some(({ kind }) => kind !== "refused");
  let repairs: Repairs = { repaired: [], isNominated: false };
  if (isResent || differs)
    await runner.repair(async (run, nominations) => {
      if (isResent) writePipelineState(store, config.name, { resync: true });
      else
        repairs = await repairDifferences(narrowing(run), {
          comparison,
          strays,
          outbox,
          stream,
          nominations,
          approvedDeletes: before?.approvedDeletes ?? null,
          stampBefore: before?.outcome?.stamp,
        });
      return isResent || repairs.isNominated;
    }, signal);
  // What is shared no more is not kept for want of a version without it.
  function narrowing(run: PipelineRun): PipelineRun {
    return narrowed === null ? run : { ...run, rules: { ...run.rules, withdrawRefused: true } };
  }
  const { position } = readPipelineState(store, config.name);
  const stamp = config.mode === "cursor" ? position?.[0] : undefined;
  const outcome: ReconciliationOutcome = {
    ...countsOf(comparison, repairs.repaired),
    keys: repairs.repaired.slice(0, KEPT_KEYS),
    digests: { source: comparison.source, platform: comparison.platform },
    scans: comparison.scans,
    seconds: Math.round(clock.monotonic() - startedAt) / 1000,
    asOf: comparison.asOf,
    isPart: comparison.bucketsLeft > 0,
    isResent,
    ...(repairs.held === undefined ? {} : { held: repairs.held }),
    ...(typeof stamp === "string" || typeof stamp === "number" ? { stamp } : {}),
  };
  keep(site, runner, outcome, epoch);
  return outcome;
}

/**
 * Mode cursor: rows that are not fit and not in quarantine, or in it and fit or gone by now, of which no stamp has told.
 * The other modes see that at each poll.
 */
function strayRows(
  { outbox }: Pick<Site, "outbox">,
  { config: { name, mode } }: PipelineRunner,
  { refusedRows }: Comparison,
): readonly string[] {
  if (mode !== "cursor") return [];
  const open = outbox.quarantine.openKeys(name);
  const unnamed = [...refusedRows].filter((key) => key !== null && !open.has(rowName(key)));
  const mended = [...open.keys()].flatMap((key) => sourceKeyIn(key) ?? []);
  return [
    ...unnamed.filter((key) => key !== null),
    ...mended.filter((key) => !refusedRows.has(key)),
  ];
}

function countsOf(
  { sourceRows, equal, differences }: Comparison,
  repaired: readonly RepairedKey[],
): Pick<ReconciliationOutcome, "rows" | "equal" | "named" | "repaired"> {
  const count = (kind: RepairedKey["kind"]): number =>
    repaired.filter((each) => each.kind === kind).length;
  const [missing, stale] = [count("missing"), count("stale")];
  const underWay = differences.filter(({ kind }) => kind === "missing" || kind === "stale").length;
  return {
    rows: sourceRows,
    // A row that differed when it was read and not when it was looked at again was on its way.
    equal: equal + underWay - missing - stale,
    named: differences.filter(({ kind }) => kind === "refused").length,
    repaired: { missing, stale, surplus: count("surplus") },
  };
}

function keep(
  { store, outbox }: Pick<Site, "store" | "outbox">,
  { config, stream }: PipelineRunner,
  outcome: ReconciliationOutcome,
  epoch: number,
): void {
  const { rows, equal, named, repaired, isPart, held } = outcome;
  const isOver = !isPart && held === undefined;
  store.transaction(() => {
    writeReconciliation(store, config.name, {
      doneAt: Math.floor(store.world.clock.now()),
      askedAt: null,
      error: null,
      outcome,
      ...(held === undefined ? { approvedDeletes: null } : {}),
    });
    outbox.ledger.append("reconciliation", {
      pipeline: config.name,
      rows,
      equal,
      named,
      ...repaired,
      ...(held === undefined ? {} : { held: held.deletes }),
    });
    // In an epoch before this one, a batch that is late on its way could still change the copy.
    const isOfEpoch = outcome.asOf.epoch === epoch && outbox.head(stream).epoch === epoch;
    if (isOver && isOfEpoch && outbox.owed(stream) !== undefined) {
      outbox.setOwed(stream, undefined);
      writeWithholding(store, config.name, { narrowed: null });
    }
  });
}
