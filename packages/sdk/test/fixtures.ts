import type { Item, ItemType, ResourceDescriptor } from "../src/index.ts";

/** An item of a type, named after it, with whatever else a test needs. */
export const item = (type: ItemType, more: Partial<Item> = {}): Item => ({
  identifier: "value",
  name: "值",
  type,
  ...more,
});

/** A small resource with the items of a test; fictional throughout. */
export const resource = (
  items: readonly Item[],
  more: Partial<ResourceDescriptor> = {},
): ResourceDescriptor => ({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001001/000017",
  identifier: "sample",
  name: "样例",
  version: "1.0.0",
  provider: { name: "样例局", code: "91350100M000100Y43" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: ["id"],
  items: [{ identifier: "id", name: "编号", type: "string", maxLength: 20 }, ...items],
  ...more,
});
