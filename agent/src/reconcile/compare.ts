import { bucketOf, DigestSum, QianzhiError, recordHash } from "@qianzhi/sdk";
import type {
  BucketKey,
  DigestReport,
  RawRow,
  RefusalReason,
  ResourceDigest,
  StreamName,
  Target,
} from "@qianzhi/sdk";
import type { Evaluation } from "../pipeline/evaluate.ts";
import { extract, readAhead } from "../pipeline/extract.ts";
import { listRows } from "../pipeline/list-rows.ts";
import { collision } from "../pipeline/page-changes.ts";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";

/** 2^12 buckets: a digest request of a few hundred kilobytes settles equality for millions of rows. */
const BITS = 12;
/** Differing buckets that are listed; when more differ, the copy is beyond naming keys one by one. */
const LISTED_BUCKETS = 512;

export type DifferenceKind = "refused" | "missing" | "stale" | "surplus";

/** A key at which source and platform are not equal, and why. */
export interface Difference {
  /** Canonical key text; null for a row that has none. Sensitive: mask it before anybody sees it. */
  readonly key: string | null;
  readonly kind: DifferenceKind;
  readonly reasons: readonly RefusalReason[];
  /** To nominate the row for reading again. */
  readonly sourceKey: string | null;
}

export interface Comparison {
  readonly sourceRows: number;
  /** Rows whose record is byte for byte at the platform. */
  readonly equal: number;
  readonly differences: readonly Difference[];
  /** Digests of what should be there and of what is, the records of refused keys left out on both sides. */
  readonly source: ResourceDigest;
  readonly platform: ResourceDigest;
  readonly asOf: { readonly epoch: number; readonly sequence: number };
}

/**
 * Compares a relation with the platform's copy of it, record by record, by digests over buckets of keys: one scan when
 * they are equal, a second one that keeps only the buckets that differ when not. Order plays no part. Rows that may not
 * be sent are named with their reasons; `equal + refused + missing + stale = sourceRows`.
 */
export async function compareWithPlatform(
  run: PipelineRun,
  target: Target,
  stream: StreamName,
): Promise<Comparison> {
  if (target.digest === undefined || target.bucketKeys === undefined)
    throw new QianzhiError("QZ_PROTOCOL", { problem: "level 3 (digests) is not offered" });
  const report = await target.digest(stream, BITS, run.signal).catch(nothingThere);
  const sums = Array.from({ length: 2 ** BITS }, () => new DigestSum());
  const refused = new Map<string | null, Difference[]>();
  let sourceRows = 0;
  for await (const row of liveRows(run)) {
    sourceRows += 1;
    const { key, text, reasons } = judged(run, row);
    if (key === null || text === null) {
      const difference = { key, kind: "refused", reasons, sourceKey: run.sourceKey(row) } as const;
      refused.set(key, [...(refused.get(key) ?? []), difference]);
    } else sums[bucketOf(key, BITS)]?.add(recordHash(key, text));
  }
  const differing = sums.flatMap((sum, bucket) =>
    equal(sum.value(), report.buckets?.[bucket]) ? [] : [bucket],
  );
  if (differing.length > LISTED_BUCKETS)
    throw new QianzhiError("QZ_RECONCILE_TOO_FAR", {
      pipeline: run.config.name,
      buckets: differing.length,
    });
  const isEmpty = report.count === 0;
  const held =
    isEmpty || differing.length === 0
      ? []
      : await target.bucketKeys(stream, BITS, differing, run.signal);
  const platform = hashesByKey(held);
  const found =
    differing.length === 0 ? [] : await differences(run, new Set(differing), platform, refused);
  const named = [...refused.values()].flat();
  const total = (of: (bucket: number) => ResourceDigest | undefined): DigestSum => {
    const sum = new DigestSum();
    for (let bucket = 0; bucket < 2 ** BITS; bucket += 1) {
      const value = of(bucket);
      if (value !== undefined) sum.addSum(DigestSum.from(value));
    }
    return sum;
  };
  const platformSum = total((bucket) => report.buckets?.[bucket]);
  // What the platform still has of a refused key is an earlier version, and named as such.
  for (const { key, hash } of held)
    if (refused.has(JSON.stringify(key))) platformSum.subtract(Buffer.from(hash, "hex"));
  return {
    sourceRows,
    equal: sourceRows - named.length - found.filter(({ kind }) => kind !== "surplus").length,
    differences: [...named, ...found],
    source: total((bucket) => sums[bucket]?.value()).value(),
    platform: platformSum.value(),
    asOf: { epoch: report.epoch, sequence: report.sequence },
  };
}

/** A platform holds nothing of a stream that it has never heard of: its table was empty so far. */
function nothingThere(error: unknown): DigestReport {
  if (QianzhiError.is(error) && error.code === "QZ_STREAM_UNKNOWN")
    return { epoch: 0, sequence: 0, ...new DigestSum().value() };
  throw error;
}

/** As the pipeline sees a row: one that shares its record key with another is refused. */
function judged(run: PipelineRun, row: RawRow): Evaluation {
  const { key, text, reasons } = run.evaluate(row);
  const isContested = key !== null && text !== null && (run.claims?.claimants(key).length ?? 0) > 1;
  return isContested
    ? { key, text: null, reasons: collision(null, key, text).reasons }
    : { key, text, reasons };
}

async function* liveRows(run: PipelineRun): AsyncGenerator<RawRow, void> {
  if (run.config.mode === "replace") {
    for await (const rows of listRows(run)) yield* rows;
    return;
  }
  const { source, signal, relationName: relation } = run;
  // The order of the key alone: a cursor would move rows about while they are read.
  const request = { ...run.request, order: run.config.key };
  for await (const page of readAhead(extract({ source, signal, relation, request })))
    for (const [index, row] of page.rows.entries()) if (page.deleted?.[index] !== 1) yield row;
}

const equal = (a: ResourceDigest, b: ResourceDigest | undefined): boolean =>
  a.count === (b?.count ?? 0) && a.sum === (b?.sum ?? "0".repeat(64));

/** The second scan: what the differing buckets hold on either side. */
async function differences(
  run: PipelineRun,
  buckets: ReadonlySet<number>,
  platform: HashesByKey,
  refused: ReadonlyMap<string | null, readonly Difference[]>,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for await (const row of liveRows(run)) {
    const { key, text } = judged(run, row);
    if (key === null || text === null || !buckets.has(bucketOf(key, BITS))) continue;
    const there = platform.get(key)?.pop();
    if (there === Buffer.from(recordHash(key, text)).toString("hex")) continue;
    found.push({
      key,
      kind: there === undefined ? "missing" : "stale",
      reasons: [],
      sourceKey: run.sourceKey(row),
    });
  }
  for (const [key, left] of platform)
    if (!refused.has(key))
      for (const _ of left) found.push({ key, kind: "surplus", reasons: [], sourceKey: null });
  return found;
}

/** One hash a key; of records without a key, which are their own, as many as there are alike. */
type HashesByKey = ReadonlyMap<string, string[]>;

function hashesByKey(held: readonly BucketKey[]): HashesByKey {
  const hashes = new Map<string, string[]>();
  for (const { key, hash } of held) {
    const text = JSON.stringify(key);
    const known = hashes.get(text);
    if (known === undefined) hashes.set(text, [hash]);
    else known.push(hash);
  }
  return hashes;
}
