import { defineResource } from "@qianzhi/sdk";
import { openExchange, type Exchange, type ExchangeOptions } from "../../src/index.ts";
import { memoryPlatform, type MemoryPlatform } from "./memory-platform.ts";
import { syncCompression } from "./site.ts";

/** A resource as a business program declares it. */
export const person = defineResource({
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001001/000017",
  identifier: "person",
  name: "人员",
  version: "1.0.0",
  provider: { name: "某局", code: "11500000009275884X" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: ["id"],
  items: [
    { identifier: "id", name: "编号", type: "integer" },
    { identifier: "name", name: "姓名", type: "string", maxLength: 10, required: true },
    { identifier: "note", name: "备注", type: "string", maxLength: 100, share: "none" },
  ],
});

export type Person = { readonly id: number; readonly name: string };

export async function openEmbedded(
  options: Partial<ExchangeOptions> & { directory: string },
  platform: MemoryPlatform = memoryPlatform(),
): Promise<Exchange> {
  return openExchange({
    site: "site-1",
    target: platform.target,
    limits: { reserveBytes: 0 },
    compression: syncCompression,
    ...options,
  });
}
