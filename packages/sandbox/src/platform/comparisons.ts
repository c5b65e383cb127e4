/**
 * What the platform knows of a comparison of its copy with the source: a site asks for the digests of all buckets, and
 * then lists those that differ from its own.
 */
export interface ObservedComparison {
  readonly at: number;
  /** The stream's last batch at that time. */
  readonly epoch: number;
  readonly sequence: number;
  /** Records that the copy held. */
  readonly count: number;
  readonly buckets: number;
  /** Buckets that the site has listed since: those that it found to differ. None are listed of an empty copy. */
  readonly listed: number;
}

/** The last comparison of each stream, by its number, since the platform was started. */
export class Comparisons {
  readonly #last = new Map<
    number,
    { readonly begun: Omit<ObservedComparison, "listed">; readonly listed: Set<number> }
  >();

  /** The digests of all buckets were asked for. */
  began(stream: number, begun: Omit<ObservedComparison, "listed">): void {
    this.#last.set(stream, { begun, listed: new Set() });
  }

  /** A page of one of 2^bits buckets was asked for. */
  listed(stream: number, bits: number, bucket: number): void {
    const last = this.#last.get(stream);
    if (last?.begun.buckets === 2 ** bits) last.listed.add(bucket);
  }

  of(stream: number): ObservedComparison | undefined {
    const last = this.#last.get(stream);
    return last && { ...last.begun, listed: last.listed.size };
  }
}
