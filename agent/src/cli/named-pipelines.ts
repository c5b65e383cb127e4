import { nearest, QianzhiError } from "@qianzhi/sdk";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import type { Invocation } from "./invocation.ts";

/** The pipelines of these names, each once; all of them without names. Throws QZ_USAGE for one that is not configured. */
export function namedPipelines(
  site: Site,
  names: readonly string[],
  { text }: Invocation,
): readonly PipelineRunner[] {
  if (names.length === 0) return [...site.runners.values()];
  return [...new Set(names)].map((name) => {
    const runner = site.runners.get(name);
    if (runner !== undefined) return runner;
    const unknown = text("pipeline.unknown", { name });
    const meant = nearest(name, [...site.runners.keys()]);
    throw new QianzhiError("QZ_USAGE", {
      problem: meant === undefined ? unknown : text("usage.meant", { problem: unknown, meant }),
    });
  });
}
