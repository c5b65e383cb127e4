import {
  isClosedSql,
  type ConfigPath,
  type FileProblems,
  type ResourceDescriptor,
} from "@qianzhi/sdk";
import { cronProblem, normaliseCron } from "../scheduler/cron.ts";
import { readMappings, type MappingContext, type RawMapping } from "./item-mappings.ts";
import { checkCharset } from "./check-charset.ts";
import type { PipelineConfig, SourceConfig, TextCharset } from "./site-config.ts";
import { pipelineSchema } from "./pipeline-schema.ts";
import { parseDuration } from "./units.ts";
import { unknownName } from "./unknown-name.ts";

/** A pipeline as the file has it, defaults filled in. */
export interface RawPipeline extends TextCharset {
  readonly resource: string;
  readonly source: string;
  readonly table?: string | readonly string[];
  readonly query?: string;
  readonly mode?: PipelineConfig["mode"];
  readonly cursor?: string;
  readonly key?: readonly string[];
  readonly where?: string;
  readonly deletedWhen?: string;
  readonly settle: string;
  readonly schedule?: string;
  readonly every?: string;
  readonly reconcile: string;
  readonly jitter: string;
  readonly pageRows: number;
  readonly allowFullScan: boolean;
  readonly maxDeletes: { readonly percent: number; readonly rows: number };
  readonly onInvalid: "keep" | "withdraw";
  readonly maxQuarantined: number;
  readonly map: Readonly<Record<string, RawMapping>>;
}

export interface PipelineContext extends Omit<MappingContext, "resource"> {
  readonly resources: ReadonlyMap<string, ResourceDescriptor>;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  /** Names in the file, also of sources and resources that are wrong in themselves and reported already. */
  readonly sourceNames: readonly string[];
  readonly resourcesComplete: boolean;
  /** YYYY-MM-DD in the site's zone. */
  readonly today: string;
}

/** Checks a pipeline against resources, sources and dictionaries; undefined when a reference leads nowhere. */
export function readPipeline(
  name: string,
  raw: RawPipeline,
  context: PipelineContext,
): PipelineConfig | undefined {
  const path = ["pipelines", name];
  const { problems } = context;
  const relation = readRelation(raw, path, problems);
  checkClosed(raw, path, problems);
  const mode = readMode(raw, path, problems);
  const schedule = readSchedule(raw, path, problems);
  checkCharset(raw, path, problems);
  const source = context.sources.get(raw.source);
  checkSourceName(raw.source, path, context);
  const resource = readResource(raw.resource, path, context);
  if (resource === undefined) return undefined;
  if (resource.key.length === 0 && mode !== "replace")
    problems.misnamed(
      [...path, "resource"],
      `${resource.identifier} (${resource.name}) has no key, so its records can only be replaced as a whole: mode: replace`,
      `${resource.name}（${resource.identifier}）没有键，只能整体替换：mode: replace`,
    );
  const map = readMappings(raw.map, [...path, "map"], { ...context, resource });
  if (source === undefined || relation === undefined) return undefined;
  const { cursor, where, deletedWhen, pageRows, allowFullScan, onInvalid, maxQuarantined } = raw;
  const { charset, readAs } = raw;
  return {
    name,
    resource,
    source,
    relation,
    mode,
    map,
    pageRows,
    allowFullScan,
    onInvalid,
    maxQuarantined,
    ...(cursor === undefined ? {} : { cursor }),
    ...(charset === undefined ? {} : { charset }),
    ...(readAs === undefined ? {} : { readAs }),
    key: raw.key ?? [],
    ...(where === undefined ? {} : { where }),
    ...(deletedWhen === undefined ? {} : { deletedWhen }),
    settleMs: parseDuration(raw.settle),
    ...schedule,
    ...readReconcile(raw.reconcile, path, problems),
    jitterMs: parseDuration(raw.jitter),
    maxDeletes: raw.maxDeletes,
  };
}

/** What can be said of a pipeline of which a part has not the right shape: all errors are to be told at once. */
export function checkReferences(name: string, raw: unknown, context: PipelineContext): void {
  const path = ["pipelines", name];
  const { problems, isSound } = context;
  if (!isGroup(raw)) return;
  const parts = raw as Partial<RawPipeline>;
  const sound = Object.fromEntries(
    Object.entries(parts).filter(([part]) => isSound(...path, part)),
  ) as Partial<RawPipeline>;
  const isMisspelt = Object.keys(parts).some((part) => !pipelineNames.has(part));
  // A part of the wrong shape is there, or one whose name is written wrongly: it is not missing as well.
  const whole = (...names: readonly (keyof RawPipeline)[]): boolean =>
    !isMisspelt && names.every((part) => part in parts === part in sound);
  if (whole("table", "query", "key", "mode")) readRelation(sound, path, problems);
  checkClosed(sound, path, problems);
  if (whole("mode", "cursor")) readMode(sound, path, problems);
  if (whole("schedule", "every")) readSchedule(sound, path, problems);
  if (sound.reconcile !== undefined) readReconcile(sound.reconcile, path, problems);
  if (sound.source !== undefined) checkSourceName(sound.source, path, context);
  if (sound.resource === undefined) return;
  const resource = readResource(sound.resource, path, context);
  if (resource !== undefined && isGroup(parts.map))
    readMappings(parts.map, [...path, "map"], { ...context, resource });
}

const pipelineNames: ReadonlySet<string> = new Set(Object.keys(pipelineSchema["properties"] ?? {}));

const isGroup = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checkSourceName(
  source: string,
  path: ConfigPath,
  { problems, sourceNames }: PipelineContext,
): void {
  if (!sourceNames.includes(source))
    unknownName(problems.error, [...path, "source"], source, {
      en: "source",
      zh: "数据源",
      known: sourceNames,
    });
}

function readResource(
  identifier: string,
  path: ConfigPath,
  context: PipelineContext,
): ResourceDescriptor | undefined {
  const { problems, resources } = context;
  const resource = resources.get(identifier);
  const at = [...path, "resource"];
  if (resource === undefined) {
    // A descriptor that is wrong in itself is reported in its own file: it is not missing as well.
    if (context.resourcesComplete)
      unknownName(problems.error, at, identifier, {
        en: "resource",
        zh: "信息资源",
        known: [...resources.keys()],
      });
    return undefined;
  }
  const { share, name } = resource;
  // The others of the site go on: a share that has ended pauses its own pipeline, which withdraws what it has sent.
  if (share.type === "none")
    problems.warn(
      at,
      `${identifier} (${name}) has share type none: nothing leaves; remove the pipeline when nothing of it is at the platform any more`,
      `${name}（${identifier}）不予共享，不会外发；平台已无其记录后请删除该任务`,
    );
  else if (share.until !== undefined && context.today > share.until)
    problems.warn(
      at,
      `the share of ${identifier} ended on ${share.until}; nothing leaves until it is renewed`,
      `${name}（${identifier}）的共享已于 ${share.until} 到期，续期前不会外发`,
    );
  return resource;
}

function readRelation(
  raw: Partial<RawPipeline>,
  path: ConfigPath,
  problems: FileProblems,
): PipelineConfig["relation"] | undefined {
  const { table, query } = raw;
  if ((table === undefined) === (query === undefined)) {
    problems.misnamed(path, "needs either table or query", "须写 table 或 query，二者只写其一");
    return undefined;
  }
  if (query !== undefined) {
    if (raw.mode !== "replace" && (raw.key === undefined || raw.key.length === 0))
      problems.misnamed(
        path,
        "a query has no primary key: name the columns in key",
        "query 没有主键，请在 key 中写明列名",
      );
    return { query };
  }
  const parts = typeof table === "string" ? table.split(".") : (table ?? []);
  if (parts.some((part) => part.trim() === ""))
    problems.error([...path, "table"], "a part of the name is empty", "名称中有一段为空");
  return { table: parts };
}

/** A predicate that leaves the parentheses around it would silently undo the range of every page. */
function checkClosed(raw: Partial<RawPipeline>, path: ConfigPath, problems: FileProblems): void {
  for (const place of ["query", "where", "deletedWhen"] as const)
    if (!isClosedSql(raw[place] ?? ""))
      problems.error(
        [...path, place],
        "parentheses, quotes or comments do not pair up",
        "括号、引号或注释不成对",
      );
}

function readMode(
  raw: Partial<RawPipeline>,
  path: ConfigPath,
  problems: FileProblems,
): PipelineConfig["mode"] {
  const mode = raw.mode ?? (raw.cursor === undefined ? "diff" : "cursor");
  if (mode === "cursor" && raw.cursor === undefined)
    problems.misnamed(
      path,
      "mode cursor needs a cursor column; without one use mode: diff",
      "cursor 模式需要写 cursor 列；没有变更列请用 mode: diff",
    );
  if (mode !== "cursor" && raw.cursor !== undefined)
    problems.error(
      [...path, "cursor"],
      `mode ${mode} takes no cursor; remove one of the two`,
      `${mode} 模式不使用 cursor，请去掉其一`,
    );
  if (mode === "native" && raw.query !== undefined)
    problems.error(
      [...path, "query"],
      "mode native needs a table: only tables have a feed of changes",
      "native 模式须写 table：只有表才有变更流",
    );
  return mode;
}

function readSchedule(
  raw: { readonly schedule?: string | undefined; readonly every?: string },
  path: ConfigPath,
  problems: FileProblems,
): Pick<PipelineConfig, "schedule" | "everyMs"> {
  const { schedule, every } = raw;
  if (schedule !== undefined && every !== undefined)
    problems.error(
      [...path, "every"],
      "takes the place of schedule; remove one of the two",
      "every 用于代替 schedule，请去掉其一",
    );
  if (every !== undefined) {
    const everyMs = parseDuration(every);
    if (everyMs < 1000) problems.error([...path, "every"], "must be at least 1s", "不小于 1s");
    return { everyMs };
  }
  if (schedule === undefined) return {};
  const problem = cronProblem(schedule);
  if (problem !== undefined) problems.error([...path, "schedule"], problem.en, problem.zh);
  return { schedule: normaliseCron(schedule) };
}

function readReconcile(
  reconcile: string,
  path: ConfigPath,
  problems: FileProblems,
): Pick<PipelineConfig, "reconcile"> {
  if (reconcile === "never") return {};
  const problem = cronProblem(reconcile);
  if (problem !== undefined) problems.error([...path, "reconcile"], problem.en, problem.zh);
  return { reconcile: normaliseCron(reconcile) };
}
