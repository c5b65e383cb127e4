import type { Column } from "@qianzhi/sdk";
import { defineResource } from "@qianzhi/sdk";

/** What must never leave the site stands in these values, and every byte that leaves is searched for it. */
export const SECRET_CANARY = "canary-of-an-unshared-item";
export const INNER_CANARY = "canary-of-an-unmapped-column";
/** Every key begins with this character, which nothing else has: keys are sensitive. */
export const KEY_CANARY = "钥";

/** The resource of the simulated site. */
export const article = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "article",
  name: "物品",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["code"],
  items: [
    { identifier: "code", name: "编码", type: "string", maxLength: 8, sensitivity: "high" },
    { identifier: "name", name: "名称", type: "string", maxLength: 4, required: true },
    { identifier: "amount", name: "数量", type: "decimal", precision: 12, scale: 2 },
    { identifier: "secret", name: "内部价", type: "string", share: "none" },
  ],
});

export const SITE = "test-site";
export const stream = { site: SITE, pipeline: "article", resource: "article" };
export const CURSOR = "changed";

const column = (name: string, type: Column["type"], nullable: boolean, more = {}): Column => ({
  name,
  type,
  native: type,
  nullable,
  ...more,
});

/** The columns of the legacy table. */
export const columns = (cursor: {
  readonly fraction: number;
  readonly nullable: boolean;
}): readonly Column[] => [
  column("code", "text", false),
  column("name", "text", true),
  column("amount", "decimal", true, { precision: 12, scale: 3 }),
  column("shown", "integer", false),
  column("gone", "integer", false),
  column(CURSOR, "datetime", cursor.nullable, { fraction: cursor.fraction }),
  column("secret", "text", true),
  column("inner", "text", true),
];
