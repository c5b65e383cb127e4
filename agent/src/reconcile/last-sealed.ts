import { sealedChanges, type Outbox } from "@qianzhi/exchange";
import { QianzhiError, recordHash } from "@qianzhi/sdk";
import type { StreamName } from "@qianzhi/sdk";

/** What was sealed of a key last. */
export interface LastSealed {
  /** Hex record hash; null for a deletion. */
  readonly hash: string | null;
  /** Behind the platform's last batch when it was asked: its answer knows nothing of this. */
  readonly isLater: boolean;
}

/** Delivered batches that are looked through for what was once sent of a key: evidence, without which all goes on the same. */
const EVIDENCE_BATCHES = 64;

/**
 * What was sealed last of these keys, as far as the outbox still has it: everything behind `asOf`, and some batches
 * before. QZ_CHAIN_MOVED when not all behind it is kept, or the platform is in an epoch that is not known here.
 */
export async function lastSealed(
  outbox: Outbox,
  stream: StreamName,
  keys: ReadonlySet<string>,
  asOf: { readonly epoch: number; readonly sequence: number },
): Promise<ReadonlyMap<string, LastSealed>> {
  const moved = new QianzhiError("QZ_CHAIN_MOVED", { pipeline: stream.pipeline });
  if (asOf.epoch > outbox.head(stream).epoch) throw moved;
  const found = new Map<string, LastSealed>();
  let before = 0;
  for await (const { epoch, sequence, changes } of sealedChanges(outbox, stream)) {
    const isLater = epoch > asOf.epoch || (epoch === asOf.epoch && sequence > asOf.sequence);
    if (isLater && changes === undefined) throw moved;
    before += isLater ? 0 : 1;
    const isEnough = before > EVIDENCE_BATCHES || found.size === keys.size;
    if (!isLater && (changes === undefined || isEnough)) break;
    for (const { keyText, recordText } of changes ?? []) {
      if (!keys.has(keyText) || found.has(keyText)) continue;
      const hash =
        recordText === undefined
          ? null
          : Buffer.from(recordHash(keyText, recordText)).toString("hex");
      found.set(keyText, { hash, isLater });
    }
  }
  return found;
}
