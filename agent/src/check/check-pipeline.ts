import { QianzhiError } from "@qianzhi/sdk";
import type { Column, RelationDescription, Source } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { describeRelation } from "../pipeline/describe-relation.ts";
import { findColumn, orderColumns, relationName } from "../pipeline/map.ts";
import { keyIsMappedAlone } from "../pipeline/key-mapping.ts";
import { largeListing } from "../pipeline/statement-cost.ts";
import { withKey } from "../pipeline/with-key.ts";
import { checkHorizon } from "./check-horizon.ts";
import { checkTexts } from "./check-texts.ts";
import type { FeedRead } from "./check-feeds.ts";
import { problem, type Finding } from "./finding.ts";

/**
 * A pipeline against its relation: columns, key, indexes, cursor, feed. The source is only read.
 *
 * @param feeds Takes the feed that the pipeline reads, if it does.
 */
export async function checkPipeline(
  declared: PipelineConfig,
  source: Source,
  signal: AbortSignal,
  feeds: FeedRead[] = [],
): Promise<readonly Finding[]> {
  const subject = `pipeline ${declared.name}`;
  const description = await describeRelation(declared, source, signal);
  const missing = missingColumns(declared, description);
  if (missing.length > 0) return missing.map((error) => problem(subject, error));
  const config = withKey(declared, description);
  if (config.mode === "replace") return checkReplace(config, description, source, signal);
  const all = [
    ...(await checkKey(config, description, source, signal)),
    ...(config.mode === "cursor" ? await checkCursor(config, description, source, signal) : []),
    ...(config.mode === "native" ? await checkFeed(config, source, feeds, signal) : []),
  ];
  all.push(...(await checkNulls(config, description, source, signal)));
  all.push(...(await checkTexts(config, description.columns, source, signal)));
  return all.map(({ severity, error }) => ({ severity, subject, error }));
}

/** There is no order, and so nothing that a key would have to be for it. */
async function checkReplace(
  config: PipelineConfig,
  description: RelationDescription,
  source: Source,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const subject = `pipeline ${config.name}`;
  const large = largeListing(config, description);
  const severity = config.allowFullScan ? "note" : "problem";
  return [
    ...(large === undefined ? [] : [{ severity, subject, error: large } as const]),
    ...(await checkTexts(config, description.columns, source, signal)).map((found) => ({
      ...found,
      subject,
    })),
  ];
}

function missingColumns(
  config: PipelineConfig,
  { columns }: RelationDescription,
): readonly QianzhiError[] {
  const mapped = config.map.flatMap(({ from }) => ("column" in from ? [from.column] : []));
  const needed = new Set([
    ...mapped,
    ...config.key,
    ...(config.cursor === undefined ? [] : [config.cursor]),
  ]);
  return [...needed].flatMap((name) => {
    try {
      findColumn(columns, name, relationName(config));
      return [];
    } catch (error) {
      return QianzhiError.is(error) ? [error] : [];
    }
  });
}

type Found = Omit<Finding, "subject">;

const found = (
  severity: Finding["severity"],
  code: QianzhiError["code"],
  details: Readonly<Record<string, unknown>>,
): Found => ({ severity, error: new QianzhiError(code, details) });

async function checkKey(
  config: PipelineConfig,
  { key: primary, indexes }: RelationDescription,
  source: Source,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const { key, relation } = config;
  const name = relationName(config);
  const result: Found[] = [];
  const uniques = [
    primary,
    ...indexes.filter(({ unique }) => unique).map(({ columns }) => columns),
  ].filter(({ length }) => length > 0);
  const guaranteed = uniques.some((columns) => columns.every((column) => key.includes(column)));
  if (!guaranteed && (await source.duplicateKey?.(relation, key, signal)) === true)
    result.push(found("problem", "QZ_KEY_NOT_UNIQUE", { key, name }));
  const ordered = [primary, ...indexes.map(({ columns }) => columns)].some(
    (columns) => columns[0] === key[0],
  );
  // A listing is put in order here.
  if (!ordered && "table" in relation && source.scan !== undefined)
    result.push(found("warning", "QZ_KEY_NOT_INDEXED", { key, name }));
  if (!keyIsMappedAlone(config))
    result.push(
      found("warning", "QZ_KEY_INDIRECT", {
        pipeline: config.name,
        key,
        recordKey: config.resource.key,
      }),
    );
  return result;
}

/** What the feed lacks the adapter throws, with the script that mends it. */
async function checkFeed(
  { name, relation, key, source: { name: sourceName } }: PipelineConfig,
  source: Source,
  feeds: FeedRead[],
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const columns = key.map((column) => ({ name: column }));
  const page = await source.changes?.(relation, columns, undefined, signal);
  const canReadAll = source.scan !== undefined || source.list !== undefined;
  const { kept } = page ?? {};
  const { identity: server = sourceName } = await source.probe(signal);
  feeds.push({
    pipeline: name,
    source: sourceName,
    server,
    kept: kept ?? { bytes: 0, limitBytes: null },
  });
  return [
    ...(canReadAll ? [] : [found("warning", "QZ_FEED_ALONE", { pipeline: name })]),
    ...(kept === undefined
      ? []
      : [
          found(
            kept.limitBytes === null ? "warning" : "note",
            kept.limitBytes === null ? "QZ_FEED_UNLIMITED" : "QZ_FEED_KEPT",
            { pipeline: name, bytes: kept.bytes, limitBytes: kept.limitBytes },
          ),
        ]),
  ];
}

async function checkCursor(
  config: PipelineConfig,
  { columns, indexes, key: primary }: RelationDescription,
  source: Source,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const name = relationName(config);
  const column = findColumn(columns, config.cursor ?? "", name);
  const result: Found[] = [];
  const indexed = [primary, ...indexes.map((index) => index.columns)].some(
    ([first]) => first === column.name,
  );
  if (!indexed && "table" in config.relation)
    result.push(
      found("warning", "QZ_CURSOR_NOT_INDEXED", { name, column: column.name, key: config.key }),
    );
  result.push(await checkHorizon(column, config, source, signal));
  return [...result, ...(await checkStamps(column, config, source, signal))];
}

/** Stamps ahead of the source's clock come from a writer with another zone or clock: the horizon would lie below them for hours. */
const FUTURE_TOLERANCE_MS = 60_000;

async function checkStamps(
  column: Column,
  config: PipelineConfig,
  source: Source,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  if (column.type !== "datetime" && column.type !== "instant") return [];
  const newest = await source.maximum?.(config.relation, column.name, signal);
  if (typeof newest !== "string") return [];
  const { now } = await source.probe(signal);
  const aheadMs = wallClockMs(newest) - wallClockMs(now);
  return aheadMs > FUTURE_TOLERANCE_MS
    ? [
        found("problem", "QZ_CURSOR_FUTURE", {
          name: relationName(config),
          column: column.name,
          problem: `${Math.round(aheadMs / 60_000)} min`,
        }),
      ]
    : [];
}

/** Both in the source's own zone, so that only their distance counts. */
const wallClockMs = (text: string): number => Date.parse(`${text.slice(0, 19).replace(" ", "T")}Z`);

/** Rows with NULL in cursor or key stand nowhere in the order: a run quarantines them, and none of their changes is seen. */
async function checkNulls(
  config: PipelineConfig,
  { columns }: RelationDescription,
  source: Source,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const { relation, where, deletedWhen, cursor } = config;
  const result: Found[] = [];
  for (const name of orderColumns(config)) {
    const column = findColumn(columns, name, relationName(config));
    if (!column.nullable) continue;
    const page = await source.scan?.(
      {
        relation,
        columns: [{ name: column.name }],
        order: [],
        nulls: [column.name],
        pageRows: 100,
        ...(where === undefined ? {} : { keptWhen: where }),
        ...(deletedWhen === undefined ? {} : { deletedWhen }),
      },
      signal,
    );
    if (page?.rows.some((_, row) => page.deleted?.[row] !== 1) === true) {
      const code = name === cursor ? "QZ_CURSOR_NULL" : "QZ_KEY_NULL";
      result.push(found("warning", code, { column: column.name }));
    }
  }
  return result;
}
