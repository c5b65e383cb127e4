import assert from "node:assert/strict";
import { test } from "node:test";
import type { EarlyRefusals, LateReceipts, Receipt, Refusal, Target } from "@qianzhi/sdk";
import { memoryPlatform, type MemoryPlatform } from "../support/memory-platform.ts";
import { openSite, persons, temporaryDirectory, type Site } from "../support/site.ts";

const refusal: Refusal = { line: 2, temporary: false, reasons: [{ code: "X", message: "no" }] };

/** A platform that hands batches over, refuses lines when it likes and answers when it likes. */
function patient(): MemoryPlatform & { readonly answers: LateReceipts[] } {
  const platform = memoryPlatform();
  platform.late = true;
  const answers: LateReceipts[] = [];
  const target: Target = {
    ...platform.target,
    receipts: async (_site, since) =>
      answers[Number(since ?? 0)] ?? { receipts: [], next: since ?? "0" },
  };
  return Object.assign(Object.create(platform) as MemoryPlatform, { target, answers });
}

const batchOf = (site: Site, sequence: number) => {
  const batch = site.outbox.batchTable.at(1, 1, sequence)!;
  return {
    site: persons.site,
    pipeline: persons.pipeline,
    epoch: 1,
    sequence,
    digest: batch.digest,
  };
};
const early = (site: Site, sequence: number, refused: readonly Refusal[]): EarlyRefusals => ({
  ...batchOf(site, sequence),
  refused,
});
const receipt = (
  site: Site,
  sequence: number,
  accepted: number,
  refused: readonly Refusal[],
): Receipt => ({
  ...batchOf(site, sequence),
  accepted,
  refused,
});

test("a refusal before the receipt goes to quarantine at once, and the receipt does not open it again", async (t) => {
  const platform = patient();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({
    upserts: [
      [1, "a"],
      [2, "b"],
    ],
  });
  await site.drain(platform);
  const heard: number[][] = [];
  const options = {
    onReceipt: ({ refused, accepted }: { refused: readonly Refusal[]; accepted: number }) =>
      void heard.push([accepted, ...refused.map(({ line }) => line)]),
  };
  const first = early(site, 1, [refusal, { ...refusal, line: 9 }]);
  platform.answers.push({ receipts: [], refusals: [first], next: "1" });
  await site.drain(platform, options);
  const [entry] = site.outbox.quarantine.list({});
  assert.deepEqual([entry?.origin, entry?.place?.line, entry?.seen], ["platform", 2, 1]);
  const [waiting] = site.outbox.streams();
  assert.deepEqual(waiting?.batches.handed, 1, "it is not answered by that");

  // A later version of the record is taken, which closes the entry; the old batch's receipt comes after.
  await site.seal({ upserts: [[1, "c"]] });
  await site.drain(platform, options);
  platform.answers.push({ receipts: [receipt(site, 2, 1, [])], next: "2" });
  await site.drain(platform, options);
  assert.equal(site.outbox.quarantine.count(persons.pipeline), 0);
  platform.answers.push({ receipts: [receipt(site, 1, 1, [refusal])], next: "3" });
  await site.drain(platform, options);
  assert.equal(site.outbox.quarantine.count(persons.pipeline), 0);
  assert.deepEqual(heard, [[0, 2], [1], [1]]);
  const [stream] = site.outbox.streams();
  assert.deepEqual(
    [stream?.changes.accepted, stream?.changes.refused, stream?.changes.waiting],
    [2, 1, 0],
  );
});

test("a refusal that is told twice, or of a batch that nobody sent, changes nothing", async (t) => {
  const platform = patient();
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  await site.seal({ upserts: [[1, "a"]] });
  await site.drain(platform);
  const known = early(site, 1, [refusal]);
  const unknown = { ...known, sequence: 7 };
  platform.answers.push({ receipts: [], refusals: [known, unknown, known], next: "1" });
  platform.answers.push({ receipts: [], refusals: [known], next: "2" });
  await site.drain(platform);
  const entries = site.outbox.quarantine.list({ state: "all" });
  assert.deepEqual(
    entries.map(({ seen }) => seen),
    [1],
  );
});
