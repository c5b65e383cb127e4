import type { ResourceDigest } from "@qianzhi/sdk";
import type { Invocation } from "./invocation.ts";

export const isSameDigest = (a: ResourceDigest, b: ResourceDigest): boolean =>
  a.count === b.count && a.sum === b.sum;

/** As much of a digest as tells by eye whether it is another's: the count, and 16 digits of the sum. */
export const shortDigest = ({ count, sum }: ResourceDigest): string =>
  `${count}:${sum.slice(0, 16)}`;

/** Both digests of a comparison, and whether they agree. */
export const digestLine = (
  text: Invocation["text"],
  { source, platform }: { readonly source: ResourceDigest; readonly platform: ResourceDigest },
): string =>
  text("compare.digest", {
    source: shortDigest(source),
    platform: shortDigest(platform),
    verdict: text(isSameDigest(source, platform) ? "compare.agree" : "compare.differ"),
  });
