import type { Target } from "@qianzhi/sdk";
import type { PipelineConfig, SiteConfig, SourceConfig } from "../config/site-config.ts";
import { describeRelation } from "../pipeline/describe-relation.ts";
import { refuseDrift } from "../pipeline/follow-shape.ts";
import { withheld } from "../pipeline/policy.ts";
import type { Site } from "../run/site.ts";
import { checkCost } from "./check-cost.ts";
import { checkFeeds, type FeedRead } from "./check-feeds.ts";
import { checkPipeline } from "./check-pipeline.ts";
import { checkPlatform } from "./check-platform.ts";
import { checkSource } from "./check-source.ts";
import { caught, problem, type Finding } from "./finding.ts";

/** Everything that can be wrong before running, all at once; nothing is changed anywhere. */
export async function checkSite(
  site: Site,
  today: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { config, target } = site;
  const feeds: FeedRead[] = [];
  const sources = [...config.sources.values()].map((source) =>
    checkSourceAndPipelines(site, source, feeds, signal),
  );
  const shares = config.pipelines.flatMap((pipeline) => checkShare(pipeline, today));
  const found = await Promise.all([...sources, checkPlatformOf(config, target, signal)]);
  return [...shares, ...found.flat(), ...checkFeeds(feeds, config.pipelines)];
}

const checkShare = ({ name, resource }: PipelineConfig, today: string): readonly Finding[] => {
  const denied = withheld(resource, today);
  return denied === undefined ? [] : [problem(`pipeline ${name}`, denied)];
};

async function checkSourceAndPipelines(
  site: Site,
  source: SourceConfig,
  feeds: FeedRead[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const runners = [...site.runners.values()].filter(
    ({ config }) => config.source.name === source.name,
  );
  const pool = site.pools.get(source.name);
  try {
    const found = await pool?.use(
      (open) => checkSource(source, open, site.store.world.clock, signal),
      signal,
    );
    findings.push(...(found ?? []));
  } catch (error) {
    // A source that cannot be opened says nothing about its pipelines.
    return [caught(`source ${source.name}`, error)];
  }
  for (const { config, look } of runners) {
    try {
      const found =
        (await pool?.use(async (open) => {
          refuseDrift({ config, store: site.store }, await describeRelation(config, open, signal));
          return checkPipeline(config, open, signal, feeds);
        }, signal)) ?? [];
      findings.push(...found);
      // Of what cannot run there is no cost.
      if (found.every(({ severity }) => severity !== "problem"))
        findings.push(...(await look(checkCost, signal)));
    } catch (error) {
      findings.push(caught(`pipeline ${config.name}`, error));
    }
  }
  return findings;
}

async function checkPlatformOf(
  config: SiteConfig,
  target: Target,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    return await checkPlatform(config, target, signal);
  } catch (error) {
    return [caught("platform", error)];
  }
}
