import type { QuarantineFilter } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { Site } from "../run/site.ts";
import type { Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";

/** The options by which entries of the quarantine are chosen. */
export interface FilterOptions {
  readonly pipeline?: string;
  readonly reason?: string;
  readonly item?: string;
}

/**
 * The filter that options and a pipeline's name ask for; of entries of a pipeline that is configured no more, too, when
 * none is named. Throws QZ_USAGE.
 */
export function filterOf(
  invocation: Invocation,
  site: Site,
  { pipeline: option, reason, item }: FilterOptions,
  word?: string,
): Pick<QuarantineFilter, "pipeline" | "reason" | "item"> {
  const pipeline = word ?? option;
  if (word !== undefined && option !== undefined && word !== option)
    throw new QianzhiError("QZ_USAGE", {
      problem: invocation.text("quarantine.twice", { first: word, second: option }),
    });
  if (pipeline !== undefined) namedPipelines(site, [pipeline], invocation);
  return {
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(reason === undefined ? {} : { reason }),
    ...(item === undefined ? {} : { item }),
  };
}
