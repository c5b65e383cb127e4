import { defineResource } from "@qianzhi/sdk";

/** A resource of persons, small. */
export const person = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "natural_person",
  name: "自然人",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["resident_id"],
  items: [
    {
      identifier: "resident_id",
      name: "公民身份号码",
      type: "string",
      maxLength: 18,
      sensitivity: "high",
    },
    { identifier: "name", name: "姓名", type: "string", maxLength: 4, required: true },
    { identifier: "age", name: "年龄", type: "integer" },
  ],
});
