import { defineResource } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";

/** A resource of whole numbers, each under its own. */
export const numbers = (identifier: string, code = "307050001/000018"): ResourceDescriptor =>
  defineResource({
    apiVersion: "qianzhi/v1",
    kind: "Resource",
    code,
    identifier,
    name: "数值",
    version: "1.0.0",
    provider: { name: "示例局", code: "11500000MB0000019F" },
    share: { type: "unconditional" },
    updateCycle: "realtime",
    key: ["id"],
    items: [
      { identifier: "id", name: "编号", type: "integer" },
      { identifier: "value", name: "值", type: "integer" },
    ],
  });
