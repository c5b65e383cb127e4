import { compileResource } from "@qianzhi/sdk";
import type {
  AdapterHost,
  Column,
  ColumnRequest,
  CompiledResource,
  RawRow,
  RelationDescription,
  ResourceDescriptor,
} from "@qianzhi/sdk";
import type { Store } from "@qianzhi/exchange";
import type { PipelineConfig } from "../config/site-config.ts";
import { compileEvaluator } from "./evaluate.ts";
import { fingerprint } from "./fingerprint.ts";
import { likelySourceKey } from "./likely-source-key.ts";
import { compileMapper, findColumn, orderColumns, relationName } from "./map.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import { keyedHash } from "./row-hash.ts";
import { rowText, sourceKeyOf } from "./row-text.ts";
import { withKey } from "./with-key.ts";

/** What a pipeline makes of the rows of its relation, as the source describes that: the same from run to run. */
export interface CompiledPipeline extends Pick<
  PipelineRun,
  | "config"
  | "request"
  | "keyedBy"
  | "keyed"
  | "fingerprint"
  | "evaluate"
  | "sourceKey"
  | "likelySourceKey"
  | "content"
> {
  readonly columns: readonly ColumnRequest[];
  readonly isStaged: boolean;
}

export interface CompileOptions {
  /** As configured: with or without the key. */
  readonly config: PipelineConfig;
  readonly store: Store;
  readonly host: Pick<AdapterHost, "decode">;
  /** Rows are listed into a staged copy, and read from that. */
  readonly isStaged: boolean;
}

/** Throws QZ_COLUMN_NOT_FOUND, QZ_KEY_UNDECLARED, QZ_CURSOR_TYPE where the relation is not what the pipeline needs. */
export function compilePipeline(
  { config: configured, store, host, isStaged }: CompileOptions,
  description: RelationDescription,
): CompiledPipeline {
  const config = withKey(configured, description);
  const keyed = keyedHash(store.secret.derive("row-hash"));
  const mapper = compileMapper(config, description.columns, host);
  const { columns } = mapper;
  const order = orderColumns(config).map(
    (name) => findColumn(description.columns, name, relationName(config)).name,
  );
  const keyIndexes = config.key.map((name) => columns.findIndex((column) => column.name === name));
  const content = fingerprint(config, description.columns, keyed);
  return {
    config,
    columns,
    isStaged,
    keyed,
    evaluate: compileEvaluator(compiled(config.resource), mapper, store.limits.maxBatchBytes),
    request: {
      relation: config.relation,
      columns,
      order: config.mode === "replace" ? [] : order,
      pageRows: config.pageRows,
      ...predicates(config),
    },
    sourceKey: sourceKeyOf(keyIndexes),
    likelySourceKey: likelySourceKey(config, description.columns, columns),
    // An index in the order of staged copies says nothing in any other order.
    keyedBy: `${isStaged ? "staged " : ""}${keyedBy(config, description.columns, columns)}`,
    fingerprint: isStaged ? keyed(`staged ${content}`) : content,
    content:
      mapper.mappedColumns === columns.length
        ? rowText
        : (row: RawRow) => rowText(row.slice(0, mapper.mappedColumns)),
  };
}

/** Not the native type: a column that was made wider still has the same keys. A label that was renamed is another key. */
const keyedBy = (
  { key }: PipelineConfig,
  columns: readonly Column[],
  requests: readonly ColumnRequest[],
): string =>
  JSON.stringify(
    key.map((name) => {
      const { type, labels } = columns.find((column) => column.name === name) ?? {};
      const isBytes = requests.some((request) => request.name === name && request.bytes === true);
      return [name, type, isBytes, ...(labels === undefined ? [] : [labels])];
    }),
  );

/** Compiling takes some twenty milliseconds: far more than an idle poll, which needs it too. */
const compiledResources = new WeakMap<ResourceDescriptor, CompiledResource>();

function compiled(descriptor: ResourceDescriptor): CompiledResource {
  const known = compiledResources.get(descriptor) ?? compileResource(descriptor);
  compiledResources.set(descriptor, known);
  return known;
}

/** Polling must see a row that leaves `where` to delete it, so the source marks rows there; a comparison misses them. */
function predicates({ mode, where, deletedWhen }: PipelineConfig) {
  if (mode === "cursor")
    return {
      ...(where === undefined ? {} : { keptWhen: where }),
      ...(deletedWhen === undefined ? {} : { deletedWhen }),
    };
  const live =
    deletedWhen === undefined ? [] : [`CASE WHEN ${enclosed(deletedWhen)} THEN 0 ELSE 1 END = 1`];
  const all = [...(where === undefined ? [] : [enclosed(where)]), ...live];
  return all.length === 0 ? {} : { where: all.join(" AND ") };
}

/** On a line of its own ends what follows a comment, which would take the parenthesis into itself. */
const enclosed = (predicate: string): string => `(${predicate.replace(/[;\s]+$/, "")}\n)`;
