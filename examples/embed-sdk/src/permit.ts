import { defineResource, type RecordOf } from "@qianzhi/sdk";

/** What the department shares: declared once, and from it come types, checks and the catalog entry. */
export const permit = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001002/000031",
  identifier: "food_permit",
  name: "食品经营许可",
  version: "1.0.0",
  provider: { name: "某区市场监督管理局", code: "11500000009275884X" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["permit_number"],
  items: [
    { identifier: "permit_number", name: "许可证编号", type: "string", maxLength: 20 },
    { identifier: "holder", name: "经营者名称", type: "string", maxLength: 60, required: true },
    { identifier: "valid_until", name: "有效期至", type: "date", required: true },
    { identifier: "fee", name: "费用", type: "decimal", precision: 10, scale: 2 },
    { identifier: "inspector", name: "经办人", type: "string", share: "none" },
  ],
});

/** `{ permit_number: string; holder: string; valid_until: string; fee?: string | null }` */
export type Permit = RecordOf<typeof permit>;
