import { isDeepStrictEqual } from "node:util";
import { QianzhiError } from "@qianzhi/sdk";
import type { RelationDescription, Worded } from "@qianzhi/sdk";
import {
  readRelationShape,
  relationShapeText,
  writeRelationShape,
} from "../state/relation-shapes.ts";
import { describeRelation } from "./describe-relation.ts";
import { relationName } from "./map.ts";
import { driftOf, shapeOf } from "./relation-shape.ts";
import { keyedHash } from "./row-hash.ts";
import type { RunOptions } from "./run-pipeline.ts";

/** Throws QZ_SCHEMA_DRIFT where the relation cannot be read any more as it was read last. */
export function refuseDrift(
  { config, store }: Pick<RunOptions, "config" | "store">,
  description: RelationDescription,
  cause?: unknown,
): void {
  const before = readRelationShape(store.database, config.name);
  if (before === undefined) return;
  const keyed = keyedHash(store.secret.derive("relation-shape"));
  const drift = driftOf(config, before, shapeOf(config, description, keyed));
  if (drift.length === 0) return;
  throw new QianzhiError(
    "QZ_SCHEMA_DRIFT",
    { pipeline: config.name, name: relationName(config), problem: joined(drift) },
    { cause },
  );
}

const joined = (sentences: readonly Worded[]): Worded => ({
  en: sentences.map(({ en }) => en).join("; "),
  zh: sentences.map(({ zh }) => zh).join("；"),
});

/** The same, and remembers a relation that can be read: what was added, dropped beside the mapping or made wider. */
export function followShape(options: RunOptions, description: RelationDescription): void {
  const { config, store, world, memory } = options;
  const { database } = store;
  const columns = JSON.stringify(description.columns);
  const stored = relationShapeText(database, config.name);
  // Most runs find the relation as the last one left it.
  if (stored !== undefined && stored === memory.shape?.stored && columns === memory.shape.columns)
    return;
  refuseDrift(options, description);
  const before = readRelationShape(database, config.name);
  const keyed = keyedHash(store.secret.derive("relation-shape"));
  const now = shapeOf(config, description, keyed);
  if (before !== undefined && !isDeepStrictEqual(before.columns, now.columns))
    world.log.info("relation changed", {
      pipeline: config.name,
      name: relationName(config),
      before: textsOf(before.columns, now.columns),
      after: textsOf(now.columns, before.columns),
    });
  // A full pass follows from the fingerprint, whether or not this is remembered.
  if (!isDeepStrictEqual(before, now))
    store.transaction(() => writeRelationShape(database, config.name, now), { durable: false });
  memory.shape = { columns, stored: relationShapeText(database, config.name) };
}

type Columns = ReturnType<typeof shapeOf>["columns"];

/** Those that the other one does not have as they are. */
const textsOf = (columns: Columns, other: Columns): readonly string[] =>
  columns
    .filter((column) => !other.some((each) => isDeepStrictEqual(each, column)))
    .map(({ name, native, labels }) =>
      [name, native, ...(labels === undefined ? [] : [`(${labels.join(", ")})`])].join(" "),
    );

const telling: ReadonlySet<string> = new Set<QianzhiError["code"]>([
  "QZ_COLUMN_NOT_FOUND",
  "QZ_QUERY_FAILED",
  "QZ_ADAPTER_FAULT",
]);

/** What stands behind a statement that failed: a relation that is not what it was, else the error itself. */
export async function driftBehind(options: RunOptions, error: unknown): Promise<unknown> {
  if (!QianzhiError.is(error) || !telling.has(error.code)) return error;
  const { config, source, signal } = options;
  try {
    refuseDrift(options, await describeRelation(config, source, signal), error);
    return error;
  } catch (found) {
    return QianzhiError.is(found) && found.code === "QZ_SCHEMA_DRIFT" ? found : error;
  }
}
