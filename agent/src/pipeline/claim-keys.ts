import type { RawRow } from "@qianzhi/sdk";
import type { KeyClaims } from "../state/key-claims.ts";
import { pointRead, POINT_READ_KEYS } from "./diff-deletes.ts";
import type { Evaluation } from "./evaluate.ts";
import { collision, type ChangedRows, type PageRules, type RefusedRow } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";

/*
 * Where a record's key is not the source's own, two rows may map to one key. Each row that is fit to be sent claims its
 * key; a claim is moved in the transaction that seals its row. A key with one fit claimant is sent, a key with more is
 * contested: all its rows are quarantined and nothing of it is sent. Before a page is sealed, every other claimant of
 * the keys that it names is read again, since it may have changed or gone without having been polled. A row that is not
 * fit keeps its claim while nobody else wants the key, so that the record which the platform has of it can be deleted
 * one day. When a row lets go of a key that others claim, one of them is nominated to be read again: it is either sent
 * then or found to be contested still.
 *
 * All this looks at the file as it is: the page before must have been sealed.
 */

/** What the claims make of a page. */
export interface ClaimedPage {
  /** The page's rules, knowing which keys are contested and what was evaluated already. */
  readonly rules: PageRules;
  /** Rows outside the page that are refused together with one of its own. */
  readonly foreign: readonly RefusedRow[];
  /** Record keys that the platform may have and that no row provides after this page, with the row that had it. */
  readonly released: readonly { readonly key: string; readonly sourceKey: string }[];
  /** Whether a row must be sent though it is what was sealed of it last: another's record may have come between. */
  isUnsent(sourceKey: string, key: string): boolean;
  /** Whether a row provides this key after the page. */
  isProvided(key: string): boolean;
  /** In the transaction that seals the page. */
  readonly settle: () => void;
}

export async function claimKeys(
  run: PipelineRun,
  claims: KeyClaims,
  changed: ChangedRows & {
    /** Source keys of rows that were asked for and are not there. */
    readonly absent?: readonly string[];
  },
): Promise<ClaimedPage> {
  const { withdrawRefused } = run.rules;
  const evaluate = remembering(run.rules.evaluate);
  const present = changed.rows.flatMap((row, place) => {
    const sourceKey = changed.sourceKeys[place] ?? null;
    if (sourceKey === null) return [];
    const { key, text } = evaluate(row);
    return [{ sourceKey, isGone: changed.deleted?.[place] === 1, key, text }];
  });
  const absent = (changed.absent ?? []).map((sourceKey) => ({
    sourceKey,
    isGone: true,
    key: null,
    text: null,
  }));
  const rows = [...present, ...absent].map((row) => {
    const name = claims.rowOf(row.sourceKey);
    return { ...row, name, earlier: claims.of(name) };
  });
  const own = new Set(rows.map(({ name }) => name));
  const fit = new Map<string, number>();
  for (const { isGone, key, text } of rows)
    if (!isGone && key !== null && text !== null) fit.set(key, (fit.get(key) ?? 0) + 1);
  const others = await otherClaimants(run, claims, { keys: [...fit.keys()], own, evaluate });

  const contested = new Set(
    [...fit].flatMap(([key, count]) => (count + (others.fit.get(key) ?? 0) > 1 ? [key] : [])),
  );
  const wasSent = new Set(
    [...fit.keys()].filter((key) => claims.claimants(key).some(({ sent }) => sent)),
  );
  const foreignOf = (key: string) =>
    claims.claimants(key).filter(({ row }) => !own.has(row) && !others.stale.has(row));

  const kept = new Set<string>();
  const removed: string[] = [];
  const lost = new Map<string, { readonly sourceKey: string; readonly sent: boolean }>();
  for (const { sourceKey, name, isGone, key, text, earlier } of rows) {
    if (earlier === undefined) continue;
    const isFit = !isGone && key !== null && text !== null;
    if (isFit && key === earlier.key) continue;
    const keeps =
      !isGone &&
      !isFit &&
      !withdrawRefused &&
      (key === null || key === earlier.key) &&
      !fit.has(earlier.key);
    if (keeps) kept.add(earlier.key);
    else if (!isFit) removed.push(name);
    lost.set(earlier.key, {
      sourceKey,
      sent: earlier.sent || (lost.get(earlier.key)?.sent ?? false),
    });
  }
  const isProvided = (key: string): boolean =>
    fit.has(key) || kept.has(key) || foreignOf(key).length > 0;
  const withdrawn = withdrawRefused ? [...contested].filter((key) => wasSent.has(key)) : [];
  const released = [
    ...[...lost].flatMap(([key, { sourceKey, sent }]) =>
      sent && !isProvided(key) ? [{ key, sourceKey }] : [],
    ),
    ...withdrawn.map((key) => ({
      key,
      sourceKey: rows.find((row) => row.key === key && row.text !== null)?.sourceKey ?? "",
    })),
  ];
  const remaining = [...lost.keys()].flatMap((key) => {
    if (fit.has(key)) return [];
    const sourceKey = foreignOf(key).find((each) => each.sourceKey !== null)?.sourceKey;
    return sourceKey === undefined || sourceKey === null ? [] : [sourceKey];
  });
  const earlierOf = new Map(rows.map(({ sourceKey, earlier }) => [sourceKey, earlier]));

  return {
    rules: { ...run.rules, evaluate, contested },
    foreign: others.refused.filter(({ key }) => key !== null && contested.has(key)),
    released,
    isProvided,
    isUnsent(sourceKey, key) {
      const earlier = earlierOf.get(sourceKey);
      return earlier === undefined || earlier.key !== key || !earlier.sent;
    },
    settle() {
      for (const name of [...others.stale, ...removed]) claims.remove(name);
      for (const { sourceKey, isGone, key, text } of rows)
        if (!isGone && key !== null && text !== null)
          claims.set(sourceKey, {
            key,
            sent: contested.has(key) ? !withdrawRefused && wasSent.has(key) : true,
          });
      for (const key of withdrawn) claims.withdraw(key);
      run.nominate(remaining);
    },
  };
}

/** The rows outside a page that claim one of its keys, as they are in the source now. */
async function otherClaimants(
  run: PipelineRun,
  claims: KeyClaims,
  wanted: {
    readonly keys: readonly string[];
    readonly own: ReadonlySet<string>;
    readonly evaluate: (row: RawRow) => Evaluation;
  },
) {
  const stale = new Set<string>();
  const refused: RefusedRow[] = [];
  const fit = new Map<string, number>();
  const asked = new Map<string, { readonly name: string; readonly key: string }>();
  for (const key of wanted.keys)
    for (const { row, sourceKey } of claims.claimants(key)) {
      if (wanted.own.has(row)) continue;
      // Whoever still has the key is found again by the pass that other key columns have caused.
      stale.add(row);
      if (sourceKey !== null) asked.set(sourceKey, { name: row, key });
    }
  const sourceKeys = [...asked.keys()];
  for (let start = 0; start < sourceKeys.length; start += POINT_READ_KEYS) {
    const page = await pointRead(run, sourceKeys.slice(start, start + POINT_READ_KEYS));
    for (const [place, row] of page.rows.entries()) {
      const sourceKey = run.sourceKey(row);
      const claim = sourceKey === null ? undefined : asked.get(sourceKey);
      if (claim === undefined || page.deleted?.[place] === 1) continue;
      const { key, text } = wanted.evaluate(row);
      if (key !== claim.key || text === null) continue;
      stale.delete(claim.name);
      fit.set(key, (fit.get(key) ?? 0) + 1);
      refused.push(collision(sourceKey, key, text));
    }
  }
  return { stale, refused, fit };
}

function remembering(evaluate: (row: RawRow) => Evaluation): (row: RawRow) => Evaluation {
  const known = new Map<RawRow, Evaluation>();
  return (row) => {
    const evaluation = known.get(row) ?? evaluate(row);
    known.set(row, evaluation);
    return evaluation;
  };
}
