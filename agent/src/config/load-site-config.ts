import { dirname, resolve } from "node:path";
import {
  checkSchema,
  QianzhiError,
  readYaml,
  type Adapter,
  type ConfigPath,
  type ConfigProblem,
  type FileProblems,
  type TargetDefinition,
  type YamlFile,
} from "@qianzhi/sdk";
import type { AdapterPlaces } from "../adapters/find-adapter.ts";
import type { ConfigFiles } from "./config-files.ts";
import { readDictionaries } from "./dictionaries.ts";
import { checkReferences, readPipeline, type RawPipeline } from "./pipeline-configs.ts";
import { readPage, type RawPage } from "./page-config.ts";
import { readPlatform, type RawPlatform } from "./platform-config.ts";
import { readResources, type ResourceFiles } from "./resource-files.ts";
import { rewrittenScalar } from "./rewritten-scalar.ts";
import { secretReader, type SecretReader } from "./secrets.ts";
import type { PipelineConfig, SiteConfig, SourceConfig } from "./site-config.ts";
import { siteSchema } from "./site-schema.ts";
import { readAlarms, type RawAlarms } from "./alarm-config.ts";
import { readSource, type RawSource } from "./source-configs.ts";
import { readTarget, type RawTarget, type TargetReading } from "./target-config.ts";
import { parseDuration, parseSize } from "./units.ts";

export interface LoadOptions {
  /** Path of the configuration file. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: ConfigFiles;
  /** Wall-clock milliseconds, for shares that have ended. */
  readonly now: number;
  /** The adapter of a kind; rejects with a QianzhiError. The real one is `findAdapter`. */
  resolveAdapter(kind: string, places: AdapterPlaces): Promise<Adapter>;
  /** The target of a kind; rejects with a QianzhiError. The real one is `findTarget`. */
  resolveTarget(kind: string, places: AdapterPlaces): Promise<TargetDefinition>;
}

/** The configuration as the file has it, its shape checked and defaults filled in. */
interface RawSite {
  readonly site: string;
  readonly data: string;
  readonly language?: "en" | "zh";
  readonly timeZone: string;
  readonly platform?: RawPlatform;
  readonly target?: RawTarget;
  readonly resources: readonly string[];
  readonly sources: Readonly<Record<string, RawSource>>;
  readonly pipelines: Readonly<Record<string, RawPipeline>>;
  readonly outbox: { readonly maxBytes: string; readonly retainDelivered: string };
  readonly ledger: { readonly keep: string; readonly maxBytes: string };
  readonly alarms: RawAlarms;
  readonly page?: RawPage;
}

/**
 * Reads a site's configuration with everything it refers to. Nothing is contacted. Throws QZ_CONFIG_NOT_FOUND, or
 * QZ_CONFIG_INVALID with every problem of every file in `details.problems` (a list of {@link ConfigProblem}).
 */
export async function loadSiteConfig(options: LoadOptions): Promise<SiteConfig> {
  const file = resolve(options.file);
  const directory = dirname(file);
  const text = await options.files.read(file).catch((cause: unknown) => {
    throw new QianzhiError("QZ_CONFIG_NOT_FOUND", { path: file }, { cause });
  });
  const { yaml, problems } = readYaml(text, file);
  if (yaml.value === undefined) throw invalid(problems.errors);
  const broken = checkSchema(yaml.value, siteSchema, problems);
  if (broken.some((place) => place.length === 0)) throw invalid(problems.errors);
  const raw = yaml.value as RawSite;
  const isSound: IsSound = (...path) => !broken.some((place) => touches(place, path));
  const secrets = secretReader({
    directory,
    environment: options.environment,
    files: options.files,
    problems,
  });
  if (isSound("timeZone")) checkTimeZone(raw.timeZone, problems);
  const parts = await readParts(raw, { options, directory, yaml, problems, secrets, isSound });
  const found = [...problems.errors, ...parts.resources.errors, ...parts.target.errors];
  if (found.length > 0) throw invalid(found);
  const { platform, page } = parts;
  const { target } = parts.target;
  return {
    file,
    site: raw.site,
    dataDirectory: resolve(directory, raw.data),
    ...(raw.language === undefined ? {} : { language: raw.language }),
    timeZone: raw.timeZone,
    ...(platform === undefined ? {} : { platform }),
    ...(target === undefined ? {} : { target }),
    sources: parts.sources,
    resources: parts.resources.resources,
    pipelines: parts.pipelines,
    outbox: {
      maxBytes: parseSize(raw.outbox.maxBytes),
      retainDeliveredMs: parseDuration(raw.outbox.retainDelivered),
    },
    ledger: {
      keepMs: parseDuration(raw.ledger.keep),
      maxBytes: parseSize(raw.ledger.maxBytes),
    },
    alarms: readAlarms(raw.alarms),
    ...(page === undefined ? {} : { page }),
    warnings: [...problems.warnings, ...parts.resources.warnings],
  };
}

/** Whether a part of the file has the right shape, so that its meaning can be checked. */
export type IsSound = (...path: ConfigPath) => boolean;

interface Reading {
  readonly options: LoadOptions;
  readonly directory: string;
  readonly yaml: YamlFile;
  readonly problems: FileProblems;
  readonly secrets: SecretReader;
  readonly isSound: IsSound;
}

interface Parts {
  readonly platform: SiteConfig["platform"] | undefined;
  readonly target: TargetReading;
  readonly page: SiteConfig["page"] | undefined;
  readonly resources: ResourceFiles;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly pipelines: readonly PipelineConfig[];
}

async function readParts(raw: RawSite, reading: Reading): Promise<Parts> {
  const { options, directory, problems, secrets, isSound } = reading;
  if ((raw.platform === undefined) === (raw.target === undefined))
    problems.error(
      raw.platform === undefined ? [] : ["target"],
      "give either platform or target: where batches are delivered",
      "platform 与 target 须且只能配置一个，即批次的去向",
    );
  const platform =
    raw.platform !== undefined && isSound("platform")
      ? await readPlatform(raw.platform, secrets, problems)
      : undefined;
  const resources: ResourceFiles = isSound("resources")
    ? await readResources(raw.resources, directory, options.files, problems)
    : { resources: new Map(), complete: false, errors: [], warnings: [] };
  const places = {
    from: directory,
    cache: resolve(directory, isSound("data") ? raw.data : "data", "adapters"),
  };
  const findAdapter = (kind: string): Promise<Adapter> => options.resolveAdapter(kind, places);
  const target =
    raw.target !== undefined && isSound("target")
      ? await readTarget(raw.target, {
          directory,
          files: options.files,
          secrets,
          problems,
          findTarget: (kind) => options.resolveTarget(kind, places),
        })
      : { errors: [] };
  const sources = new Map<string, SourceConfig>();
  for (const [name, source] of entriesOf(raw, "sources")) {
    if (!isSound("sources", name)) continue;
    const config = await readSource(name, source, { directory, secrets, problems, findAdapter });
    if (config !== undefined) sources.set(name, config);
  }
  const page =
    raw.page !== undefined && isSound("page")
      ? await readPage(raw.page, secrets, problems)
      : undefined;
  return {
    platform,
    target,
    page,
    resources,
    sources,
    pipelines: readPipelines(raw, reading, resources, sources),
  };
}

function readPipelines(
  raw: RawSite,
  { yaml, problems, isSound, options }: Reading,
  resources: ResourceFiles,
  sources: Parts["sources"],
): readonly PipelineConfig[] {
  const context = {
    problems,
    isSound,
    sources,
    sourceNames: Object.keys(raw.sources ?? {}),
    resources: resources.resources,
    resourcesComplete: resources.complete,
    dictionaries: readDictionaries(yaml, problems),
    rewritten: (path: ConfigPath) => rewrittenScalar(yaml, path),
    today: dayIn(raw.timeZone, options.now),
  };
  const pipelines = entriesOf(raw, "pipelines").flatMap(([name, pipeline]) => {
    const known = isSound("pipelines", name);
    if (!known) checkReferences(name, pipeline, context);
    const config = known ? readPipeline(name, pipeline, context) : undefined;
    return config === undefined ? [] : [config];
  });
  refuseSharedFeeds(pipelines, problems);
  return pipelines;
}

/** A source lets go of what one reader of a feed has read: a second one would miss it. */
function refuseSharedFeeds(pipelines: readonly PipelineConfig[], problems: FileProblems): void {
  const readers = new Map<string, string>();
  for (const { name, mode, source, relation } of pipelines) {
    if (mode !== "native") continue;
    const feed = JSON.stringify([source.name, relation]);
    const other = readers.get(feed);
    if (other !== undefined)
      problems.error(
        ["pipelines", name, "mode"],
        `${other} reads the feed of this table already: use mode diff or cursor here`,
        `任务 ${other} 已在读取该表的变更流，请改用 diff 或 cursor 模式`,
      );
    readers.set(feed, name);
  }
}

function entriesOf<Part extends "sources" | "pipelines">(
  raw: RawSite,
  part: Part,
): readonly [string, RawSite[Part][string]][] {
  const group: unknown = raw?.[part];
  if (typeof group !== "object" || group === null) return [];
  return Object.entries(group) as [string, RawSite[Part][string]][];
}

/** Two places touch when one lies within the other. */
const touches = (a: ConfigPath, b: ConfigPath): boolean =>
  a
    .slice(0, Math.min(a.length, b.length))
    .every((step, index) => String(step) === String(b[index]));

function checkTimeZone(timeZone: string, problems: FileProblems): void {
  if (!isTimeZone(timeZone))
    problems.error(
      ["timeZone"],
      "is not a time zone such as Asia/Shanghai",
      "不是有效时区，例如 Asia/Shanghai",
    );
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

const dayIn = (timeZone: string, now: number): string =>
  new Intl.DateTimeFormat("sv-SE", {
    timeZone: isTimeZone(timeZone) ? timeZone : "Asia/Shanghai",
  }).format(now);

const invalid = (found: readonly ConfigProblem[]): QianzhiError => {
  const problems = found.toSorted((a, b) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1,
  );
  return new QianzhiError("QZ_CONFIG_INVALID", { count: problems.length, problems });
};
