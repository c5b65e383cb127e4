import { createHash } from "node:crypto";
import type { BatchManifest, Delivery, Receipt, ResourceDescriptor } from "@qianzhi/sdk";
import { createPlatform, type Platform, type PlatformOptions } from "../src/index.ts";

export const person: ResourceDescriptor = {
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001001/000017",
  identifier: "person",
  name: "自然人基本信息",
  version: "1.0.0",
  provider: { name: "重庆市公安局", code: "11500000009275884X" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: ["id"],
  items: [
    { identifier: "id", name: "编号", type: "string", maxLength: 18 },
    { identifier: "name", name: "姓名", type: "string", maxLength: 50 },
    { identifier: "income", name: "收入", type: "decimal", precision: 14, scale: 2 },
    { identifier: "secret", name: "备注", type: "string", maxLength: 50, share: "none" },
  ],
};

export const nonce = "a".repeat(64);
export const stream = { resource: "person", site: "hr", pipeline: "p1" };

/** A clock and randomness that the test holds in its hand. */
export function testWorld(start = Date.UTC(2026, 0, 1)) {
  const state = { now: start, drawn: 0 };
  return {
    state,
    clock: { now: () => state.now, monotonic: () => state.now },
    random: {
      bytes: (count: number) =>
        createHash("sha512")
          .update(String(state.drawn++))
          .digest()
          .subarray(0, count),
      fraction: () => 0.5,
    },
  };
}

/** A platform that knows the resource and lets the site write it; an epoch is open. */
export function openPlatform(
  options: Partial<PlatformOptions> = {},
): Platform & { readonly world: ReturnType<typeof testWorld> } {
  const world = testWorld();
  const platform = createPlatform({ world, ...options });
  platform.catalog.publish(JSON.stringify(person));
  platform.sites.grant("hr", "person");
  platform.openEpoch(stream, { resource: "person", expected: 0, epoch: 1, instance: "i1", nonce });
  return { ...platform, world };
}

export interface Changes {
  readonly deletes?: readonly string[];
  readonly upserts?: readonly string[];
}

/** The bytes of a batch from key texts and record texts. */
export function batchOf(
  head: Partial<BatchManifest>,
  { deletes = [], upserts = [] }: Changes,
): Buffer {
  const {
    site = "hr",
    pipeline = "p1",
    epoch = 1,
    sequence = 1,
    predecessor = nonce,
    resource = "person",
    version = "1.0.0",
  } = head;
  const manifest = {
    protocol: "qianzhi/1",
    site,
    pipeline,
    epoch,
    sequence,
    predecessor,
    resource,
    version,
    deletes: head.deletes ?? deletes.length,
    upserts: head.upserts ?? upserts.length,
    ...(head.generation === undefined ? {} : { generation: head.generation }),
  };
  const lines = [
    JSON.stringify(manifest),
    ...deletes.map((key) => `{"op":"delete","key":${key}}`),
    ...upserts.map((record) => `{"op":"upsert","record":${record}}`),
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

/** A next batch for the stream, wherever it stands. */
export function nextBatch(
  platform: Platform,
  changes: Changes,
  name: { site?: string; pipeline?: string } = {},
): Buffer {
  const at = platform.position({ ...stream, ...name })!;
  return batchOf(
    { ...name, epoch: at.epoch, sequence: at.sequence + 1, predecessor: at.digest },
    changes,
  );
}

/** Sends a next batch, and expects a receipt. */
export function send(
  platform: Platform,
  changes: Changes,
  name: { site?: string; pipeline?: string } = {},
): Receipt {
  return receiptOf(platform.ingest(nextBatch(platform, changes, name)));
}

export function receiptOf(delivery: Delivery): Receipt {
  if (!("receipt" in delivery)) throw new TypeError("handed over, not receipted");
  return delivery.receipt;
}

export const key = (id: string): string => JSON.stringify({ id });
export const record = (id: string, name = "张三"): string => JSON.stringify({ id, name });
