import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createDelivery, openStore, Outbox } from "@qianzhi/exchange";
import type { Target } from "@qianzhi/sdk";
import { realWorld } from "../world/real-world.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Of bodies that wait; QIANZHI_BACKLOG_GIB says another size. */
const BACKLOG_BYTES = Number(process.env["QIANZHI_BACKLOG_GIB"] ?? 10) * GIB;
const BODY_BYTES = 4 * MIB;
const stream = { site: "site", pipeline: "p", resource: "r" };

/** Bytes that no compression makes smaller, as a record. */
const record = (id: number): string =>
  JSON.stringify({ id, scan: randomBytes((BODY_BYTES * 3) / 4).toString("base64") });

test(`I1, I4, I7: a backlog of ${BACKLOG_BYTES / GIB} GiB is sealed, survives a restart and is delivered once and in order in flat memory`, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-backlog-"));
  context.after(() => rm(folder, { recursive: true }));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < BACKLOG_BYTES * 1.5)
    return context.skip(`the disk has not the ${(BACKLOG_BYTES * 1.5) / GIB} GiB that it takes`);
  const limits = { maxBytes: BACKLOG_BYTES * 2, reserveBytes: 0 };
  const world = realWorld();
  const open = (): ReturnType<typeof openStore> =>
    openStore({ directory: join(folder, "data"), world, limits });
  let store = await open();
  let outbox = new Outbox(store);
  let peak = 0;
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage().rss));
  let batches = 0;
  for (; outbox.waiting().bytes < BACKLOG_BYTES; batches += 1) {
    await outbox.seal({
      stream,
      version: "1.0.0",
      key: ["id"],
      deletes: [],
      upserts: [record(batches)],
    });
    look();
  }
  store.close();
  const startedAt = performance.now();
  store = await open();
  outbox = new Outbox(store);
  context.diagnostic(
    `${batches} batches; opened in ${Math.round(performance.now() - startedAt)} ms`,
  );
  const sequences: number[] = [];
  const target: Target = {
    kind: "taking",
    capabilities: async () => ({
      receipts: "immediate",
      position: false,
      digests: false,
      generations: false,
      catalog: false,
      encodings: ["gzip", "identity"],
      maxBatchBytes: 16 * MIB,
    }),
    openEpoch: async (_, { epoch, instance, nonce }) => ({
      epoch,
      instance,
      nonce,
      sequence: 0,
      digest: nonce,
    }),
    async deliver({ manifest, digest }) {
      look();
      sequences.push(manifest.sequence);
      const { site, pipeline, epoch, sequence } = manifest;
      return { receipt: { site, pipeline, epoch, sequence, digest, accepted: 1, refused: [] } };
    },
    close: async () => undefined,
  };
  await createDelivery({ outbox, target, world }).drain();
  store.close();
  assert.deepEqual(
    sequences,
    Array.from({ length: batches }, (_, index) => index + 1),
  );
  context.diagnostic(`peak ${Math.round(peak / MIB)} MiB`);
  assert.ok(peak < 512 * MIB, `${peak / MIB} MiB`);
});
