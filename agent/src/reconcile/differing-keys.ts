import { DigestSum, recordHash } from "@qianzhi/sdk";
import type { BucketPage, RawRow, RefusalReason } from "@qianzhi/sdk";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { keyCollision } from "../pipeline/page-changes.ts";
import type { Difference } from "./compare.ts";
import { judgeOf, liveRows } from "./live-records.ts";

export interface DifferingOptions {
  /** What the platform holds in the buckets that differ. */
  readonly listing: AsyncIterable<BucketPage>;
  readonly isListed: (key: string) => boolean;
  /** Keys of rows that are not fit to be sent, and are named already. */
  readonly refusedHere: ReadonlySet<string | null>;
  readonly refusedThere: (key: string) => readonly RefusalReason[] | undefined;
}

export interface DifferingKeys {
  readonly differences: readonly Difference[];
  /** How many of them have a row. */
  readonly rows: number;
  /** The records of refused keys on either side: an earlier version, or one that the platform has not taken. */
  readonly refused: { readonly source: DigestSum; readonly platform: DigestSum };
}

/** The second scan: what the listed buckets hold on either side. */
export async function differingKeys(
  run: PipelineRun,
  { listing, isListed, refusedHere, refusedThere }: DifferingOptions,
): Promise<DifferingKeys> {
  const left = await hashesByKey(listing);
  const differences: Difference[] = [];
  const refused = { source: new DigestSum(), platform: new DigestSum() };
  // Where no claims are kept of rows, that two have one key, so that neither was sent, shows here alone. Mode cursor sends both.
  const isContestable =
    run.config.mode !== "cursor" && run.claims === undefined && run.config.resource.key.length > 0;
  const judge = judgeOf(run);
  const absent = new Map<string, { readonly at: number; readonly hash: Uint8Array }[]>();
  const look = (row: RawRow): void => {
    const { key, text } = judge(row);
    if (key === null || text === null || !isListed(key)) return;
    const hash = recordHash(key, text);
    const held = left.get(key)?.pop() ?? null;
    if (held === Buffer.from(hash).toString("hex")) return;
    const reasons = refusedThere(key);
    if (reasons !== undefined) {
      refused.source.add(hash);
      if (held !== null) refused.platform.add(Buffer.from(held, "hex"));
    }
    const kind = reasons !== undefined ? "refused" : held === null ? "missing" : "stale";
    if (kind === "missing" && isContestable) {
      const alike = absent.get(key) ?? [];
      alike.push({ at: differences.length, hash });
      absent.set(key, alike);
    }
    differences.push({ key, kind, reasons: reasons ?? [], sourceKey: run.sourceKey(row), held });
  };
  for await (const page of liveRows(run)) page.forEach(look);
  for (const alike of absent.values())
    if (alike.length > 1)
      for (const { at, hash } of alike) {
        differences[at] = { ...differences[at]!, kind: "refused", reasons: [keyCollision] };
        refused.source.add(hash);
      }
  const rows = differences.length;
  for (const [key, hashes] of left)
    for (const held of hashes) {
      const reasons = refusedThere(key);
      const keepsVersion = refusedHere.has(key) && !run.rules.withdrawRefused;
      if (keepsVersion || reasons !== undefined) refused.platform.add(Buffer.from(held, "hex"));
      if (keepsVersion) continue;
      const kind = reasons === undefined ? "surplus" : "refused";
      differences.push({ key, kind, reasons: reasons ?? [], sourceKey: null, held });
    }
  return { differences, rows, refused };
}

/** One hash a key; of records without a key, which are their own, as many as there are alike. */
async function hashesByKey(listing: AsyncIterable<BucketPage>): Promise<Map<string, string[]>> {
  const hashes = new Map<string, string[]>();
  for await (const { keys } of listing)
    for (const { key, hash } of keys) {
      const text = JSON.stringify(key);
      const known = hashes.get(text);
      if (known === undefined) hashes.set(text, [hash]);
      else known.push(hash);
    }
  return hashes;
}
