import { QianzhiError } from "@qianzhi/sdk";
import { sealChanges, type PublishContext } from "./publish.ts";

/** More deletions than this are not sealed: both must be exceeded. */
export interface DeleteLimit {
  readonly percent: number;
  readonly records: number;
}

/** What sealing deletes needs to know of a comparison. */
interface Run {
  readonly id: string;
  readonly start: number;
  readonly all: boolean;
  readonly counts: { deleted: number; readonly deletesHeld: boolean };
}

interface DeleteOptions {
  readonly limit: DeleteLimit;
  readonly signal: AbortSignal;
}

/** Somebody else may seal between look and seal this often. */
export const MAX_ATTEMPTS = 50;
const PAGE = 2_000;

/**
 * Seals the deletes of a comparison whose records have ended cleanly. Answers whether the platform's copy is settled by it:
 * false when deletes are held, or when a platform in doubt cannot be asked what it holds. Throws QZ_DELETE_GUARD.
 */
export async function sealDeletes(
  context: PublishContext,
  run: Run,
  options: DeleteOptions,
): Promise<boolean> {
  const { index } = context;
  if (run.counts.deletesHeld) return false;
  checkDeletes(context, index.countAbsent(run.id, run.start), index.count(), options.limit);
  await sealPages(context, run, () => index.absent(run.id, run.start, PAGE));
  return run.all ? sealStrays(context, run, options) : true;
}

/**
 * What the platform may hold beyond the program's records: where it can be asked, what it lists and the index does not have;
 * elsewhere the deletes that are still remembered.
 */
async function sealStrays(
  context: PublishContext,
  run: Run,
  { limit, signal }: DeleteOptions,
): Promise<boolean> {
  const { index, platformKeys } = context;
  const isStray = (keyText: string): boolean => index.find(keyText)?.deleted ?? true;
  const strays = await countListed(context, isStray, signal);
  if (strays === "not-now") return false;
  if (strays === "never") {
    await sealPages(context, run, () => index.deleted(run.start, PAGE));
    return true;
  }
  if (strays === 0) return true;
  checkDeletes(context, strays, index.count() + strays, limit);
  for await (const page of (await platformKeys(signal)) ?? [])
    await sealPage(context, run, () => page.filter(isStray));
  return true;
}

async function countListed(
  { outbox, stream, platformKeys }: PublishContext,
  isStray: (keyText: string) => boolean,
  signal: AbortSignal,
): Promise<number | "not-now" | "never"> {
  try {
    const listed = await platformKeys(signal);
    if (listed === undefined) return "never";
    let strays = 0;
    for await (const page of listed) strays += page.filter(isStray).length;
    return strays;
  } catch (error) {
    if (signal.aborted || !QianzhiError.is(error)) throw error;
    outbox.store.world.log.warn("platform-not-listed", {
      pipeline: stream.pipeline,
      code: error.code,
    });
    return "not-now";
  }
}

function checkDeletes(
  { stream }: PublishContext,
  deletes: number,
  before: number,
  limit: DeleteLimit,
): void {
  if (deletes > limit.records && deletes > (before * limit.percent) / 100)
    throw new QianzhiError("QZ_DELETE_GUARD", { pipeline: stream.pipeline, deletes, before });
}

async function sealPages(
  context: PublishContext,
  run: Run,
  next: () => readonly string[],
): Promise<void> {
  while (await sealPage(context, run, next));
}

/** Seals one page of deletes, looked up for the head of the chain after which it is sealed; answers whether there was any. */
async function sealPage(
  context: PublishContext,
  run: Run,
  look: () => readonly string[],
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const head = context.outbox.head(context.stream);
    const keys = look();
    if (keys.length === 0) return false;
    try {
      const changes = keys.map((keyText, at) => ({ index: at, keyText }));
      const parts = await sealChanges(context, changes, () => {}, head);
      run.counts.deleted += parts.reduce((sum, part) => sum + part.changes.length, 0);
      return true;
    } catch (error) {
      if (!isMoved(error) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

export function isMoved(error: unknown): boolean {
  return QianzhiError.is(error) && error.code === "QZ_CHAIN_MOVED";
}
