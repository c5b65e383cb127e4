import type { Outbox } from "@qianzhi/exchange";
import type { ResourceDescriptor, StreamName } from "@qianzhi/sdk";
import type { PageChanges, RefusedRow } from "../pipeline/page-changes.ts";
import type { RunCounts, Stage } from "../pipeline/pipeline-run.ts";

export interface StageOptions {
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly resource: ResourceDescriptor;
  readonly counts: RunCounts;
  readonly maxQuarantined: number;
}

/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT = 3;

/**
 * The last step of a pipeline: changes become batches, refused rows go to quarantine, and whatever the caller keeps (the
 * position, the index) moves in the same transaction. A page that is too large for one batch becomes several; the caller's
 * part goes with the last of them, so that a crash in between reads the page again.
 */
export function createStage({ outbox, stream, resource, counts, maxQuarantined }: StageOptions): Stage {
  const budget = Math.floor(outbox.store.limits.maxBatchBytes / UTF8_BYTES_PER_UNIT);

  async function sealBatch(changes: PageChanges, within: () => void): Promise<void> {
    const { deletes, upserts } = changes;
    await outbox.seal({
      stream, version: resource.version, key: resource.key,
      deletes: deletes.map(({ key }) => key),
      upserts: upserts.map(({ text }) => text),
      sourceKeys: JSON.stringify([...deletes, ...upserts].map(({ sourceKey }) => sourceKey)),
      within,
    });
    counts.batches += 1;
    counts.deletes += deletes.length;
    counts.upserts += upserts.length;
  }

  return {
    async seal(changes, within) {
      const { refused } = changes;
      const last = (): void => {
        closeMended(outbox, stream.pipeline, changes);
        for (const row of refused) quarantine(row);
        within();
      };
      const batches = split(changes, budget);
      for (const batch of batches.slice(0, -1)) await sealBatch(batch, () => undefined);
      const final = batches.at(-1);
      if (final === undefined) outbox.commit(last);
      else await sealBatch(final, last);
      counts.quarantined += refused.length;
    },
  };

  function quarantine({ sourceKey, key, record, reasons }: RefusedRow): void {
    const entry = {
      pipeline: stream.pipeline, resource: stream.resource, origin: "site", temporary: false, reasons,
      recordText: JSON.stringify({ key, record }),
    } as const;
    outbox.quarantine.open(sourceKey === null ? entry : { ...entry, keyText: rowName(sourceKey) }, maxQuarantined);
  }
}

/** Names a source row in the quarantine, apart from every record key: a row may have no record key at all. */
export const rowName = (sourceKey: string): string => `row ${sourceKey}`;

/** Rows that can be sent again, or are gone, leave the quarantine with this page. */
function closeMended({ quarantine }: Outbox, pipeline: string, { upserts, deletes, gone = [] }: PageChanges): void {
  if (quarantine.openKeys(pipeline).size === 0) return;
  for (const { sourceKey } of upserts) quarantine.close(pipeline, rowName(sourceKey), "mended");
  for (const { sourceKey } of deletes) quarantine.close(pipeline, rowName(sourceKey), "deleted");
  for (const sourceKey of gone) quarantine.close(pipeline, rowName(sourceKey), "gone");
}

/** Halves until each part fits into a batch; nothing for a page without changes. */
function split(changes: PageChanges, budget: number): readonly PageChanges[] {
  const { deletes, upserts } = changes;
  const count = deletes.length + upserts.length;
  if (count === 0) return [];
  let units = deletes.reduce((sum, { key }) => sum + key.length + 30, 0);
  for (const { text } of upserts) units += text.length + 30;
  if (units <= budget || count === 1) return [changes];
  const half = Math.floor(count / 2);
  const cut = Math.min(half, deletes.length);
  const rest = Math.max(0, half - cut);
  return [
    ...split({ deletes: deletes.slice(0, cut), upserts: upserts.slice(0, rest), refused: [] }, budget),
    ...split({ deletes: deletes.slice(cut), upserts: upserts.slice(rest), refused: [] }, budget),
  ];
}
