import { POINT_READ_KEYS, pointRead } from "../pipeline/diff-deletes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { judgeOf, liveRows } from "./live-records.ts";
import type { Candidate } from "./repair.ts";

/**
 * Those of the records that no row has now. Each is looked for by its source key where that follows from the record key;
 * else all rows are read once more.
 */
export async function goneKeys(
  run: PipelineRun,
  surplus: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const sourceKeys = new Map<string, readonly string[]>();
  for (const { key } of surplus) {
    const claimed = run.claims?.claimants(key).flatMap(({ sourceKey }) => sourceKey ?? []);
    const likely = claimed ?? [run.likelySourceKey(key)].filter((each) => each !== undefined);
    if (likely.length > 0) sourceKeys.set(key, likely);
  }
  const present = await presentByKey(run, [...sourceKeys.values()].flat());
  const unknown = surplus.filter(({ key }) => !sourceKeys.has(key));
  const scanned = await presentInScan(run, new Set(unknown.map(({ key }) => key)));
  return surplus.filter(({ key }) => {
    const asked = sourceKeys.get(key);
    if (asked === undefined) return !scanned.has(key);
    return !asked.some((sourceKey) => present.get(sourceKey)?.has(key) === true);
  });
}

/** Whether a row stands for a record key: it has it, or cannot be sent as it is and keeps its earlier version. */
interface Standing {
  has(recordKey: string): boolean;
}

async function presentByKey(
  run: PipelineRun,
  sourceKeys: readonly string[],
): Promise<ReadonlyMap<string, Standing>> {
  const present = new Map<string, Standing>();
  const judge = judgeOf(run);
  for (let start = 0; start < sourceKeys.length; start += POINT_READ_KEYS) {
    const { rows, deleted } = await pointRead(
      run,
      sourceKeys.slice(start, start + POINT_READ_KEYS),
    );
    for (const [place, row] of rows.entries()) {
      const sourceKey = run.sourceKey(row);
      if (sourceKey === null || deleted?.[place] === 1) continue;
      const { key, text } = judge(row);
      if (text === null && run.rules.withdrawRefused) continue;
      present.set(sourceKey, { has: (recordKey) => key === recordKey || key === null });
    }
  }
  return present;
}

async function presentInScan(
  run: PipelineRun,
  wanted: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  if (wanted.size === 0) return present;
  const judge = judgeOf(run);
  for await (const rows of liveRows(run))
    for (const row of rows) {
      const { key, text } = judge(row);
      if (text === null && run.rules.withdrawRefused) continue;
      // A row of which not even the key can be read may be the row of any of them.
      if (key === null) return wanted;
      if (wanted.has(key)) present.add(key);
    }
  return present;
}
