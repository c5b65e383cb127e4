import type { ResourceDescriptor } from "@qianzhi/sdk";

/** The resource that the conformance cases write. A platform that gives out no token publishes it for the verifying site. */
export const verificationResource: ResourceDescriptor = {
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001001/000001",
  identifier: "qianzhi_verification",
  name: "前置协议一致性验证",
  version: "1.0.0",
  provider: { name: "前置", code: "11500000009275884X" },
  abstract: "Written by `qianzhi platform verify`, which deletes its records again.",
  share: { type: "unconditional" },
  updateCycle: "irregular",
  key: ["id"],
  items: [
    { identifier: "amount", name: "金额", type: "decimal", precision: 14, scale: 2 },
    { identifier: "id", name: "编号", type: "string", maxLength: 64 },
    { identifier: "name", name: "名称", type: "string", maxLength: 20 },
    { identifier: "withheld", name: "不予共享", type: "string", maxLength: 20, share: "none" },
  ],
};
