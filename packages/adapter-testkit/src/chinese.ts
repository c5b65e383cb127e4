import { namesZh } from "./names-zh.ts";
import { protectsZh } from "./protects-zh.ts";

/** The words of a case in Chinese; one that is not ours keeps its own. */
export function inChinese({ name, protects }: CaseWords): CaseWords {
  return {
    name: namesZh[name] ?? ofType(name) ?? name,
    protects: protectsZh[protects] ?? protects,
  };
}

export interface CaseWords {
  readonly name: string;
  readonly protects: string;
}

/** `datetime(6): NULL is null`: a type may be called anything. */
function ofType(name: string): string | undefined {
  const known = Object.keys(namesZh).find((each) => name.endsWith(`: ${each}`));
  return known && `${name.slice(0, -known.length - 2)}：${namesZh[known]}`;
}
