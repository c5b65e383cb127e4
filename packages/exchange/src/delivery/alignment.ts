import type { StreamPosition } from "@qianzhi/sdk";

/** What this site believes about a stream. */
export interface LocalPosition {
  /** The names under which this site has opened epochs of the stream. */
  readonly instances: readonly string[];
  readonly epoch: number;
  readonly nonce: string;
  /** The platform has opened this epoch, as far as this site knows. */
  readonly opened: boolean;
  /** Where the platform should stand while the epoch is not opened there; epoch 0: it knows nothing. */
  readonly base: { readonly epoch: number; readonly digest: string };
  /** Another instance in force fences this one: it had an epoch in force before, and nobody said to take over. */
  readonly fenceable: boolean;
  /** Digest of the batch with this sequence in the epoch in force; the nonce for 0; undefined beyond the end. */
  readonly digestAt: (sequence: number) => string | undefined;
  /** Whether the batch with this sequence has its receipt, or is handed over. */
  readonly delivered: (sequence: number) => boolean;
}

export type Alignment =
  /** Both agree; batches may be sent. */
  | { readonly kind: "equal" }
  /** The epoch exists only here: open it at the platform. */
  | { readonly kind: "open"; readonly expected: number }
  /** The platform has lost batches after this sequence; `reopen`: and the epoch itself. */
  | { readonly kind: "behind"; readonly sequence: number; readonly reopen?: true }
  /** The copies may differ: begin a larger epoch and compare in full. */
  | { readonly kind: "parted"; readonly reason: string }
  /** Another instance is in force. */
  | { readonly kind: "taken" };

const parted = (reason: string): Alignment => ({ kind: "parted", reason });

/**
 * Compares what the platform says with what the site believes. Pure, since every restore, crash and duplicate ends here.
 *
 * An epoch in force on both sides: the platform's last batch must be one of ours. If a later one of ours was delivered, the
 * platform was restored and lost it (behind); if it is none of ours, the chains have parted. An epoch that exists only here
 * is opened over exactly the position that this site believes in; over any other, only after a comparison is owed. A platform
 * restored to exactly that position has lost the epoch and nothing else. An epoch of another instance fences a site that had
 * one in force; a new data directory begins over it.
 */
export function align(local: LocalPosition, platform: StreamPosition | undefined): Alignment {
  const foreign = platform !== undefined && !local.instances.includes(platform.instance);
  const ours = !foreign && platform?.epoch === local.epoch && platform.nonce === local.nonce;
  if (ours) return alignWithin(local, platform);
  // A pipeline that has sent nothing opens nothing.
  const isUntouched = local.epoch === 1 && !local.opened && local.digestAt(1) === undefined;
  if (platform === undefined && isUntouched) return { kind: "equal" };
  const asBelieved =
    (platform?.epoch ?? 0) === local.base.epoch && (platform?.digest ?? "") === local.base.digest;
  if (asBelieved && local.epoch > local.base.epoch) {
    return local.opened
      ? { kind: "behind", sequence: 0, reopen: true }
      : { kind: "open", expected: local.base.epoch };
  }
  if (foreign && local.fenceable) return { kind: "taken" };
  if (foreign) return parted("another data directory wrote before this one");
  if ((platform?.epoch ?? 0) < local.epoch)
    return parted("the platform was restored to an earlier state");
  return parted("this data directory was restored to an earlier state");
}

function alignWithin(local: LocalPosition, platform: StreamPosition): Alignment {
  if (local.digestAt(platform.sequence) !== platform.digest)
    return parted("the platform's last batch is not known here");
  // The answer to our own request was lost: asking again is answered as before.
  if (!local.opened) return { kind: "open", expected: local.base.epoch };
  return local.delivered(platform.sequence + 1)
    ? { kind: "behind", sequence: platform.sequence }
    : { kind: "equal" };
}
