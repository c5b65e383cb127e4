import type { Comparison, Difference } from "../reconcile/compare.ts";
import { digestLine } from "./digest-line.ts";
import type { Invocation } from "./invocation.ts";

/** A difference as a person reads it. */
export type Wording = (difference: Difference) => {
  readonly key: string;
  readonly kind: string;
  readonly reasons: string;
};

/** What a comparison of one pipeline has found; of its differences `limit` at most. */
export function sayComparison(
  { text, say }: Pick<Invocation, "text" | "say">,
  pipeline: string,
  { sourceRows, equal, differences, source, platform }: Comparison,
  { inWords, limit }: { readonly inWords: Wording; readonly limit: number },
): void {
  const surplus = differences.filter(({ kind }) => kind === "surplus").length;
  const named = differences.length - surplus;
  const details = { pipeline, rows: sourceRows, equal, named, surplus };
  if (named > 0) say(text("compare.named", details));
  else say(text(surplus > 0 ? "compare.present" : "compare.equal", details));
  for (const difference of differences.slice(0, limit)) {
    const { key, kind, reasons } = inWords(difference);
    say(`    ${key}  ${kind}${reasons === "" ? "" : `: ${reasons}`}`);
  }
  if (differences.length > limit) say(text("compare.more", { count: differences.length - limit }));
  if (named > 0 && surplus > 0) say(text("compare.surplus", { count: surplus }));
  say(digestLine(text, { source, platform }));
}
