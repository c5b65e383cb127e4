import { QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor, Target } from "@qianzhi/sdk";
import type { SiteConfig } from "../config/site-config.ts";
import { descriptorDrift } from "../run/published.ts";
import { caught, finding, problem, type Finding } from "./finding.ts";

/** Whether the platform is there, knows the site, and has the same contract of each resource. */
export async function checkPlatform(
  config: SiteConfig,
  target: Target,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { generations, digests, proves } = await target.capabilities(signal);
  const proof = digests ? [] : [finding("note", "platform", "QZ_DIGESTS_UNSUPPORTED", {})];
  if (proves === "hand-over") proof.push(finding("note", "platform", "QZ_PROOF_HANDED_OVER", {}));
  const whole = config.pipelines
    .filter(({ mode }) => mode === "replace" && !generations)
    .map(({ name }) =>
      problem(
        `pipeline ${name}`,
        new QianzhiError("QZ_GENERATIONS_UNSUPPORTED", { pipeline: name }),
      ),
    );
  const used = new Map(config.pipelines.map(({ resource }) => [resource.identifier, resource]));
  const inspected = (await target.inspect?.([...used.values()], signal)) ?? [];
  const findings = await Promise.all(
    [...used.values()].map((resource) =>
      checkCatalog(target, resource, config.platform?.url ?? target.kind, signal),
    ),
  );
  const permissions = await Promise.all(
    config.pipelines.map(async ({ name, resource }) => {
      try {
        await target.position?.(
          { site: config.site, pipeline: name, resource: resource.identifier },
          signal,
        );
        return [];
      } catch (error) {
        // What the catalog lacks has been said already.
        return QianzhiError.is(error) && error.code === "QZ_RESOURCE_UNKNOWN"
          ? []
          : [caught(`pipeline ${name}`, error)];
      }
    }),
  );
  return [
    ...proof,
    ...whole,
    ...inspected.map(inspectedFinding),
    ...findings.flat(),
    ...permissions.flat(),
  ];
}

/** What sets single records aside is a warning, what stops all of them a problem. */
const inspectedFinding = (error: QianzhiError): Finding => ({
  severity: error.recovery === "skip-record" ? "warning" : "problem",
  subject: "platform",
  error,
});

async function checkCatalog(
  target: Target,
  resource: ResourceDescriptor,
  url: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { identifier, version } = resource;
  const subject = `resource ${identifier}`;
  if (target.catalogEntry === undefined) return [];
  try {
    const published = await target.catalogEntry(identifier, version, signal);
    if (published === undefined)
      return [
        problem(subject, new QianzhiError("QZ_VERSION_UNKNOWN", { resource: identifier, version })),
      ];
    if (canonical(published) !== canonical(resource))
      return [
        problem(
          subject,
          new QianzhiError("QZ_CATALOG_CONFLICT", { resource: identifier, version }),
        ),
      ];
    const latest = await target.catalogEntry(identifier, undefined, signal);
    const drift = latest && descriptorDrift(resource, latest, url);
    return drift === undefined ? [] : [problem(subject, drift)];
  } catch (error) {
    return [caught(subject, error)];
  }
}

/** The same contract whatever the order of its members. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
