import { storedJson } from "@qianzhi/exchange";
import type { Database } from "@qianzhi/exchange";
import type { Column } from "@qianzhi/sdk";

/** A relation as a pipeline read it last. */
export interface RelationShape {
  readonly columns: readonly Pick<Column, "name" | "type" | "native" | "labels">[];
  /** By each column that the pipeline names, as its configuration spells it: a keyed hash of what it is used for. */
  readonly uses: Readonly<Record<string, string>>;
}

/** Undefined before the first run, and after a person has said that the relation is right as it is now. */
export function readRelationShape(database: Database, pipeline: string): RelationShape | undefined {
  const text = relationShapeText(database, pipeline);
  return text === undefined ? undefined : (storedJson(text) as RelationShape);
}

/** The same as it is stored: equal texts, equal shapes. */
export const relationShapeText = (database: Database, pipeline: string): string | undefined =>
  database
    .prepare<{ shape: string }>("SELECT shape FROM relation_shape WHERE pipeline = ?")
    .get(pipeline)?.shape;

export function writeRelationShape(
  database: Database,
  pipeline: string,
  shape: RelationShape,
): void {
  database
    .prepare(
      "INSERT INTO relation_shape VALUES (?, ?) ON CONFLICT DO UPDATE SET shape = excluded.shape",
    )
    .run(pipeline, JSON.stringify(shape));
}

export function forgetRelationShape(database: Database, pipeline: string): void {
  database.prepare("DELETE FROM relation_shape WHERE pipeline = ?").run(pipeline);
}
