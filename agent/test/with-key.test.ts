import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipelineConfig } from "../src/config/site-config.ts";
import { keyIsMappedAlone } from "../src/pipeline/key-mapping.ts";
import { withKey } from "../src/pipeline/with-key.ts";

const keyed = (names: readonly string[], mapped: string) =>
  withKey(
    {
      name: "people",
      mode: "diff",
      relation: { table: ["t"] },
      key: [],
      resource: { key: ["id"] },
      map: [{ item: "id", from: { column: mapped }, trim: false, nulls: [] }],
    } as unknown as PipelineConfig,
    {
      kind: "table",
      name: ["t"],
      columns: names.map((name) => ({ name, type: "integer", native: "int", nullable: false })),
      key: names.slice(0, 1),
      indexes: [],
    },
  );

test("a key whose name is written in other letters than the source's is the source's own key", () => {
  assert.ok(keyIsMappedAlone(keyed(["ID", "v"], "id")));
});

test("of two columns that differ in case alone, the one that is named counts", () => {
  assert.ok(!keyIsMappedAlone(keyed(["ID", "id"], "id")));
  assert.ok(!keyIsMappedAlone(keyed(["ID", "v"], "nowhere")));
});
