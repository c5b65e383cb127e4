import { storedJson } from "@qianzhi/exchange";
import type { Outbox } from "@qianzhi/exchange";
import type { ResourceDescriptor, StreamName } from "@qianzhi/sdk";
import type { PageChanges, RefusedRow, UpsertPart } from "../pipeline/page-changes.ts";
import type { RunCounts, Stage } from "../pipeline/pipeline-run.ts";
import { beginGeneration } from "./seal-generation.ts";
import type { SealedKeys } from "../state/sealed-keys.ts";

export interface StageOptions {
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly resource: ResourceDescriptor;
  readonly sealedKeys: SealedKeys | undefined;
  readonly counts: RunCounts;
  readonly maxQuarantined: number;
}

/** Deletes that go into one batch. */
const MAX_DELETES = 10_000;

/**
 * The last step of a pipeline: changes become batches, refused rows go to quarantine, and whatever the caller keeps (the
 * position, the index) moves in the same transaction. A page that is too large for one batch becomes several; the caller's
 * part goes with the last of them, so that a crash in between reads the page again.
 */
export function createStage({
  outbox,
  stream,
  resource,
  sealedKeys,
  counts,
  maxQuarantined,
}: StageOptions): Stage {
  async function sealBatch({ deletes, upserts }: BatchPart, within: () => void): Promise<void> {
    const sourceKeys = [
      ...deletes.map(({ sourceKey }) => sourceKey),
      ...(upserts?.sourceKeys ?? []),
    ];
    const lines = upserts?.lines ?? [];
    await outbox.seal({
      stream,
      version: resource.version,
      key: resource.key,
      within,
      deletes: deletes.map(({ key }) => key),
      upserts: lines,
      // Each source key is JSON itself.
      sourceKeys: `[${sourceKeys.join(",")}]`,
    });
    counts.batches += 1;
    counts.deletes += deletes.length;
    counts.upserts += lines.length;
  }

  let underWay: Promise<unknown> = Promise.resolve();
  return {
    seal(changes, within) {
      const sealed = seal(changes, within);
      underWay = Promise.allSettled([underWay, sealed]);
      return sealed;
    },
    settled: async () => void (await underWay),
    sealNulls(rows, all, within) {
      counts.read += rows.length;
      counts.unchanged +=
        rows.length -
        keepRefused(
          rows,
          (name) => all && name.startsWith(KEYLESS),
          () => true,
          within,
        );
    },
    sealRefused: (rows) =>
      keepRefused(rows, (name) => name.startsWith(KEYLESS) || name.startsWith(ROW), isKept),
    owe: (reason) => outbox.setOwed(stream, reason),
    epoch: () => outbox.head(stream).epoch,
    beginGeneration: (id, within) =>
      beginGeneration({ outbox, stream, resource, counts }, id, within),
  };

  /** Whether the row is in quarantine as it is, for the same reasons. */
  function isKept(id: number, row: RefusedRow): boolean {
    const [entry] = outbox.quarantine.list({
      pipeline: stream.pipeline,
      after: id - 1,
      limit: 1,
    });
    return (
      JSON.stringify(entry?.reasons) === JSON.stringify(row.reasons) &&
      outbox.quarantine.content(id)?.recordText === contentOf(row)
    );
  }

  /**
   * Quarantines the rows that are not there, and lets go of what is there under such a name and is none of them.
   *
   * @param isSame Whether the entry of this number, which has the row's name, needs no renewal.
   */
  function keepRefused(
    rows: readonly RefusedRow[],
    isSuch: (name: string) => boolean,
    isSame: (id: number, row: RefusedRow) => boolean,
    within?: (named: readonly RefusedRow[]) => void,
  ): number {
    const { quarantine: entries } = outbox;
    const open = entries.openKeys(stream.pipeline);
    const named = new Set(rows.map(nameOf));
    const news = rows.filter((row) => {
      const id = open.get(nameOf(row))?.id;
      return id === undefined || !isSame(id, row);
    });
    const vanished = [...open.keys()].filter((name) => isSuch(name) && !named.has(name));
    if (news.length + vanished.length > 0)
      outbox.commit(() => {
        for (const row of news) quarantine(row);
        for (const name of vanished) entries.close(stream.pipeline, name, "mended");
        within?.(news);
      });
    counts.quarantined += news.length;
    return news.length;
  }

  async function seal(changes: PageChanges, within: () => void): Promise<void> {
    const { refused } = changes;
    const last = (): void => {
      remember();
      closeMended(outbox, stream.pipeline, changes);
      for (const row of refused) quarantine(row);
      within();
    };
    // With the first batch: a crash before the last must not leave a record that nobody knows to be shared.
    let keys = changes.sealedKeys ?? [];
    const remember = (): void => {
      sealedKeys?.add(keys);
      keys = [];
    };
    const batches = batchParts(changes);
    for (const batch of batches.slice(0, -1)) await sealBatch(batch, remember);
    const final = batches.at(-1);
    if (final === undefined) outbox.commit(last);
    else await sealBatch(final, last);
    counts.quarantined += refused.length;
  }

  function quarantine(row: RefusedRow): void {
    const { reasons } = row;
    outbox.quarantine.open(
      {
        pipeline: stream.pipeline,
        resource: stream.resource,
        origin: "site",
        temporary: false,
        reasons,
        keyText: nameOf(row),
        recordText: contentOf(row),
      },
      maxQuarantined,
    );
  }
}

const contentOf = ({ key, record }: RefusedRow): string => JSON.stringify({ key, record });

/** Names a source row in the quarantine, apart from every record key: a row may have no record key at all. */
export const rowName = (sourceKey: string): string => `${ROW}${sourceKey}`;

/** The source key in such a name; undefined for what names no row. */
export const sourceKeyIn = (name: string): string | undefined =>
  name.startsWith(ROW) ? name.slice(ROW.length) : undefined;

const ROW = "row ";

/** Whether it names a row without key, which nobody can ask for: each poll looks at all of them. */
export const isKeyless = (name: string): boolean => name.startsWith(KEYLESS);

/** A row without key is known by what it holds, and is another one when that changes. */
const nameOf = ({ sourceKey, record }: RefusedRow): string =>
  sourceKey === null ? `${KEYLESS}${JSON.stringify(record)}` : rowName(sourceKey);

const KEYLESS = "keyless ";

/** The source keys of a batch, by line; see `sealBatch`. */
export const readSourceKeys = (text: string): readonly string[] =>
  (storedJson(text) as unknown[]).map((key) => JSON.stringify(key));

/** Rows that can be sent again, or are gone, leave the quarantine with this page. */
function closeMended(
  { quarantine }: Outbox,
  pipeline: string,
  { upserts, gone = [], mended = [] }: PageChanges,
): void {
  if (quarantine.openKeys(pipeline).size === 0) return;
  for (const { sourceKeys } of upserts)
    for (const sourceKey of sourceKeys) quarantine.close(pipeline, rowName(sourceKey), "mended");
  for (const sourceKey of mended) quarantine.close(pipeline, rowName(sourceKey), "mended");
  for (const sourceKey of gone) quarantine.close(pipeline, rowName(sourceKey), "gone");
}

interface BatchPart {
  readonly deletes: PageChanges["deletes"];
  readonly upserts?: UpsertPart;
}

/** One part a batch, deletes before upserts; none for a page without changes. */
function batchParts({ deletes, upserts }: PageChanges): readonly BatchPart[] {
  const parts: BatchPart[] = [];
  for (let from = 0; from < deletes.length; from += MAX_DELETES)
    parts.push({ deletes: deletes.slice(from, from + MAX_DELETES) });
  const [first, ...rest] = upserts;
  const shared = parts.length === 1 ? (parts.pop()?.deletes ?? []) : [];
  if (first === undefined) return shared.length === 0 ? parts : [{ deletes: shared }];
  return [
    ...parts,
    { deletes: shared, upserts: first },
    ...rest.map((part) => ({ deletes: [], upserts: part })),
  ];
}
