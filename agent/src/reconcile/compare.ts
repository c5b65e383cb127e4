import { bucketOf, DigestSum, QianzhiError } from "@qianzhi/sdk";
import type { RefusalReason, ResourceDigest, StreamName, Target } from "@qianzhi/sdk";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { bitsFor, BucketSums } from "./bucket-sums.ts";
import { digestThere } from "./digest-there.ts";
import { differingKeys } from "./differing-keys.ts";
import { judgeOf, liveRows } from "./live-records.ts";

/** Records of differing buckets that are listed and held in memory: with more, only the first of the buckets are looked into. */
const LISTED_RECORDS = 100_000;

export type DifferenceKind = "refused" | "missing" | "stale" | "surplus";

/** A key at which source and platform are not equal, and why. */
export interface Difference {
  /** Canonical key text; null for a row that has none. Sensitive: mask it before anybody sees it. */
  readonly key: string | null;
  readonly kind: DifferenceKind;
  readonly reasons: readonly RefusalReason[];
  /** To nominate the row for reading again; null when the source has none. */
  readonly sourceKey: string | null;
  /** Hex record hash at the platform; null when it holds nothing, or was not asked. */
  readonly held: string | null;
}

export interface Comparison {
  readonly sourceRows: number;
  /** Rows whose record is byte for byte at the platform. */
  readonly equal: number;
  readonly differences: readonly Difference[];
  /** Digests of what should be there and of what is, the records of refused keys left out on both sides. */
  readonly source: ResourceDigest;
  readonly platform: ResourceDigest;
  /** The platform's last batch when it was asked. */
  readonly asOf: { readonly epoch: number; readonly sequence: number };
  /** Source keys of rows that are not fit to be sent. */
  readonly refusedRows: ReadonlySet<string | null>;
  /** Records that the platform holds. */
  readonly platformRecords: number;
  /** How often all rows were read. */
  readonly scans: 1 | 2;
  /** Buckets that differ and were not looked into. */
  readonly bucketsLeft: number;
}

/**
 * Compares a relation with the platform's copy of it, record by record, by digests over buckets of keys: one scan when
 * they are equal, a second one that keeps only the buckets that differ when not. Order plays no part. Rows that may not
 * be sent are named with their reasons; `equal` and the differences that have a row add up to `sourceRows`.
 *
 * @param refusedThere Why the platform has refused what it was sent of a key last; undefined when it has not.
 */
export async function compareWithPlatform(
  run: PipelineRun,
  target: Target,
  stream: StreamName,
  refusedThere: (key: string) => readonly RefusalReason[] | undefined = () => undefined,
): Promise<Comparison> {
  // Nothing is read that could not be compared.
  const { digests } = await target.capabilities(run.signal);
  if (!digests || target.bucketKeys === undefined) throw new QianzhiError("QZ_DIGESTS_UNSUPPORTED");
  const sums = new BucketSums();
  const refused: Difference[] = [];
  let sourceRows = 0;
  const judge = judgeOf(run);
  for await (const rows of liveRows(run)) {
    sourceRows += rows.length;
    for (const row of rows) {
      const { key, text, reasons } = judge(row);
      if (key !== null && text !== null) sums.add(key, text);
      else
        refused.push({ key, kind: "refused", reasons, sourceKey: run.sourceKey(row), held: null });
    }
    if (refused.length > run.config.maxQuarantined) throw tooManyRefused(run);
  }
  const bits = bitsFor(sourceRows);
  const report = await digestThere(target, stream, bits, run.signal);
  const { buckets = [], count: platformRecords, epoch, sequence } = report;
  const own = sums.at(bits);
  const differing = own.flatMap((sum, bucket) => (isEqual(sum, buckets[bucket]) ? [] : [bucket]));
  const listed = firstOf(differing, (bucket) =>
    Math.max(own[bucket]?.count ?? 0, buckets[bucket]?.count ?? 0),
  );
  const isListed = (
    (places) => (key: string) =>
      places.has(bucketOf(key, bits))
  )(new Set(listed));
  const found =
    listed.length === 0
      ? undefined
      : await differingKeys(run, {
          listing: target.bucketKeys(stream, bits, platformRecords === 0 ? [] : listed, run.signal),
          isListed,
          refusedHere: new Set(refused.map(({ key }) => key)),
          refusedThere,
        });
  return {
    sourceRows,
    equal: sourceRows - refused.length - (found?.rows ?? 0),
    differences: [...refused, ...(found?.differences ?? [])],
    source: without(own, found?.refused.source),
    platform: without(buckets, found?.refused.platform),
    asOf: { epoch, sequence },
    refusedRows: new Set(refused.map(({ sourceKey }) => sourceKey)),
    platformRecords,
    scans: found === undefined ? 1 : 2,
    bucketsLeft: differing.length - listed.length,
  };
}

const tooManyRefused = ({ config: { name, maxQuarantined: limit } }: PipelineRun): QianzhiError =>
  new QianzhiError("QZ_QUARANTINE_FULL", { pipeline: name, limit });

const isEqual = (a: ResourceDigest, b: ResourceDigest | undefined): boolean =>
  a.count === (b?.count ?? 0) && a.sum === (b?.sum ?? "0".repeat(64));

/** As many of the buckets as may be listed together; the first in any case. */
function firstOf(
  buckets: readonly number[],
  records: (bucket: number) => number,
): readonly number[] {
  let left = LISTED_RECORDS;
  const end = buckets.findIndex((bucket, place) => (left -= records(bucket)) < 0 && place > 0);
  return end === -1 ? buckets : buckets.slice(0, end);
}

/** The digest of all buckets together, less the records that are named apart. */
function without(buckets: readonly ResourceDigest[], named = new DigestSum()): ResourceDigest {
  const sum = new DigestSum();
  for (const bucket of buckets) sum.addSum(DigestSum.from(bucket));
  sum.subtractSum(named);
  return sum.value();
}
