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

/** The same of which nothing may be shared. No record of it is ever taken, so that nothing has to be deleted. */
export const endedResource: ResourceDescriptor = {
  ...verificationResource,
  code: "307001001/000002",
  identifier: "qianzhi_verification_ended",
  name: "前置协议一致性验证（已停止共享）",
  abstract: "Published by `qianzhi platform verify`; its share has ended.",
  share: { type: "none", basis: "验证" },
};
