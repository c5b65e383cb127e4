import assert from "node:assert/strict";
import { test } from "node:test";
import { defineResource, describeError } from "@qianzhi/sdk";
import { withheld } from "../src/pipeline/policy.ts";

const permit = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "permit",
  name: "许可",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional", until: "2026-06-30" },
  updateCycle: "daily",
  key: ["id"],
  items: [{ identifier: "id", name: "编号", type: "string" }],
});

test("a share that has ended is told in one language, with its last day", () => {
  assert.equal(withheld(permit, "2026-06-30"), undefined);
  const ended = withheld(permit, "2026-07-01");
  const { message } = describeError(ended, "en");
  assert.match(message, /2026-06-30/);
  assert.doesNotMatch(message, /[\u4e00-\u9fff]/);
  assert.match(describeError(ended, "zh").message, /[\u4e00-\u9fff].*2026-06-30/);
});
