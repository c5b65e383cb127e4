import type { Clock, Source } from "@qianzhi/sdk";
import type { SourceConfig } from "../config/site-config.ts";
import { finding, type Finding } from "./finding.ts";

/** A source's clock may differ this much from the agent's before it is worth a word. */
const CLOCK_TOLERANCE_MS = 60_000;

export async function checkSource(
  { name, offset }: SourceConfig,
  source: Source,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const probe = await source.probe(signal);
  const subject = `source ${name}`;
  const findings: Finding[] = [];
  if (probe.readOnlyAccount === false)
    findings.push(finding("warning", subject, "QZ_ACCOUNT_CAN_WRITE", { source: name }));
  for (const setting of probe.exposedBy ?? [])
    findings.push(finding("warning", subject, "QZ_SOURCE_EXPOSED", { source: name, setting }));
  if (probe.replica === true)
    findings.push(finding("warning", subject, "QZ_REPLICA", { source: name }));
  // By the configured offset, in which its times will be read: a server in another zone shows as whole hours.
  const skewMs = Date.parse(`${probe.now.slice(0, 19).replace(" ", "T")}${offset}`) - clock.now();
  if (Math.abs(skewMs) > CLOCK_TOLERANCE_MS)
    findings.push(
      finding("warning", subject, "QZ_SOURCE_CLOCK", {
        source: name,
        skewSeconds: Math.round(skewMs / 1000),
      }),
    );
  return findings;
}
