import type { KeyClaims } from "../state/key-claims.ts";
import type { PageChanges } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/** What a comparison has found to have ended. */
export interface EndedRows {
  /** Source keys of rows that are gone. */
  readonly gone: readonly string[];
  /** Record keys that were sent of such rows, or of rows that have another one now. */
  readonly ended: PageChanges["deletes"];
  readonly keyedBy: string;
}

/**
 * Lets go of the claims of rows that are gone: a record key is deleted unless another row stands for it. A row that
 * remains alone with its key is nominated to be read again, since nothing of the key was sent while it was contested.
 */
export function releaseClaims(
  run: PipelineRun,
  claims: KeyClaims,
  { gone, ended, keyedBy }: EndedRows,
): { readonly deletes: PageChanges["deletes"]; readonly settle: () => void } {
  const names = new Set(gone.map((sourceKey) => claims.rowOf(sourceKey, keyedBy)));
  const deletes = new Map<string, PageChanges["deletes"][number]>();
  const remaining = new Set<string>();
  const claimed = gone.flatMap((sourceKey) => {
    const claim = claims.of(claims.rowOf(sourceKey, keyedBy));
    return claim === undefined ? [] : [{ ...claim, sourceKey }];
  });
  const othersOf = (key: string) => claims.claimants(key).filter(({ row }) => !names.has(row));
  for (const { key, sourceKey } of [...claimed.filter(({ sent }) => sent), ...ended])
    if (!othersOf(key).some(({ sent }) => sent)) deletes.set(key, { key, sourceKey });
  for (const { key } of claimed)
    for (const { sourceKey } of othersOf(key).slice(0, 1))
      if (sourceKey !== null) remaining.add(sourceKey);
  return {
    deletes: [...deletes.values()],
    settle() {
      for (const name of names) claims.remove(name);
      run.nominate([...remaining]);
    },
  };
}
