import { defineResource } from "@qianzhi/sdk";

/** A resource of records that nothing identifies: equal ones are counted. */
export const visit = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000018",
  identifier: "visit",
  name: "来访登记",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: [],
  items: [
    { identifier: "place", name: "地点", type: "string", maxLength: 8, required: true },
    { identifier: "persons", name: "人数", type: "integer" },
  ],
});
