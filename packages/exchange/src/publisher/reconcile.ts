import { QianzhiError, type JsonRecord } from "@qianzhi/sdk";
import { isMoved, MAX_ATTEMPTS, sealDeletes, type DeleteLimit } from "./seal-deletes.ts";
import {
  isInvalid,
  prepareChange,
  type InvalidChange,
  type PreparedChange,
} from "./prepare-changes.ts";
import { quarantineInvalid, sealChanges, tooLarge, type PublishContext } from "./publish.ts";

export interface ReconcileOptions {
  /** More deletions than this are not sealed: both must be exceeded. Default 10 percent and 1,000 records. */
  readonly maxDeletes?: DeleteLimit;
  readonly signal?: AbortSignal;
}

export interface ReconcileResult {
  readonly read: number;
  readonly unchanged: number;
  readonly upserted: number;
  readonly deleted: number;
  /** Published by somebody else since the comparison began: what was read here may be older. */
  readonly skipped: number;
  /** Put into quarantine. */
  readonly invalid: number;
  /** True when nothing was deleted because some record's key could not be read: it might be one of those missing. */
  readonly deletesHeld: boolean;
}

const CHUNK = 2_000;
const DEFAULT_MAX_DELETES = { percent: 10, records: 1_000 };

type Counts = { -readonly [K in keyof ReconcileResult]: ReconcileResult[K] };

/** One comparison: rows sealed after `start` are newer than what is being read. */
interface Run {
  readonly id: string;
  readonly start: number;
  /** The platform's copy is in doubt: everything is sealed again. */
  readonly all: boolean;
  readonly counts: Counts;
}

/**
 * Compares a program's current records with what was last sealed of each key, and seals the difference. A change that was
 * published while the comparison ran is never overwritten by what the comparison read. Deletes are sealed only after the
 * records have ended cleanly, and not beyond `maxDeletes` (QZ_DELETE_GUARD; everything else is sealed by then).
 *
 * While a reconciliation is owed everything is sealed again, and what the platform holds beyond it is deleted. When the
 * platform cannot be asked just then, the debt stays for the next comparison.
 */
export async function reconcile(
  context: PublishContext,
  records: Iterable<JsonRecord> | AsyncIterable<JsonRecord>,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  const { outbox, stream, index } = context;
  const owed = outbox.owed(stream);
  const { epoch } = outbox.head(stream);
  const run: Run = {
    id: Buffer.from(outbox.store.world.random.bytes(8)).toString("hex"),
    start: index.lastOrdinal(),
    all: owed !== undefined,
    counts: {
      read: 0,
      unchanged: 0,
      upserted: 0,
      deleted: 0,
      skipped: 0,
      invalid: 0,
      deletesHeld: false,
    },
  };
  try {
    let chunk: JsonRecord[] = [];
    for await (const record of records) {
      if (options.signal?.aborted === true)
        throw new QianzhiError("QZ_CANCELLED", { operation: "reconcile" });
      if (chunk.push(record) < CHUNK) continue;
      await compareChunk(context, run, chunk);
      chunk = [];
    }
    await compareChunk(context, run, chunk);
    const whole = await sealDeletes(context, run, {
      limit: options.maxDeletes ?? DEFAULT_MAX_DELETES,
      signal: options.signal ?? new AbortController().signal,
    });
    if (owed === undefined) index.forgetDeleted(run.start);
    else if (whole && outbox.head(stream).epoch === epoch) outbox.setOwed(stream, undefined);
    return run.counts;
  } finally {
    index.endRun(run.id);
  }
}

async function compareChunk(
  context: PublishContext,
  run: Run,
  records: readonly JsonRecord[],
): Promise<void> {
  const { index, resource } = context;
  const { counts } = run;
  const changes: PreparedChange[] = [];
  const invalid: InvalidChange[] = [];
  records.forEach((record, at) => {
    const prepared = prepareChange(resource, { upsert: record }, at);
    counts.read += 1;
    if (prepared.keyText !== undefined && !index.see(run.id, prepared.keyText))
      invalid.push(collision(prepared));
    else if (isInvalid(prepared)) invalid.push(prepared);
    else changes.push(prepared);
  });
  if (invalid.some(({ keyText }) => keyText === undefined)) counts.deletesHeld = true;
  const large: InvalidChange[] = [];
  await sealWhatDiffers(context, run, changes, (change) => void large.push(tooLarge(change)));
  quarantineInvalid(context, [...invalid, ...large]);
  counts.invalid += invalid.length + large.length;
}

function collision({ index, keyText }: { index: number; keyText?: string }): InvalidChange {
  const reasons = [{ code: "QZ_KEY_COLLISION", message: "another record has the same key" }];
  return {
    index,
    ...(keyText === undefined ? {} : { keyText }),
    recordText: keyText ?? "",
    reasons,
  };
}

/** The comparison is made against one head of the chain and sealed after that head only, so nobody's change is overtaken. */
async function sealWhatDiffers(
  context: PublishContext,
  run: Run,
  changes: readonly PreparedChange[],
  onTooLarge: (change: PreparedChange) => void,
): Promise<void> {
  const { counts } = run;
  for (let attempt = 1; ; attempt += 1) {
    const head = context.outbox.head(context.stream);
    const sorted = compare(context, run, changes);
    try {
      const parts = await sealChanges(context, sorted.differing, onTooLarge, head);
      counts.upserted += parts.reduce((sum, part) => sum + part.changes.length, 0);
      counts.unchanged += sorted.unchanged;
      counts.skipped += sorted.skipped;
      return;
    } catch (error) {
      if (!isMoved(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function compare({ index }: PublishContext, run: Run, changes: readonly PreparedChange[]) {
  const differing: PreparedChange[] = [];
  let [unchanged, skipped] = [0, 0];
  for (const change of changes) {
    const row = index.find(change.keyText);
    if (row !== undefined && row.ordinal > run.start) skipped += 1;
    else if (!run.all && isSealed(row?.recordHash, index.hash(change.recordText ?? "")))
      unchanged += 1;
    else differing.push(change);
  }
  return { differing, unchanged, skipped };
}

function isSealed(known: Uint8Array | null | undefined, hash: Uint8Array): boolean {
  return known !== null && known !== undefined && Buffer.compare(known, hash) === 0;
}
