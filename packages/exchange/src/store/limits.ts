const MIB = 1024 * 1024;

/** What the exchange may take of the machine. Every size in bytes, every time in milliseconds. */
export interface ExchangeLimits {
  /** Bodies of batches that wait or are retained. Beyond it sealing is QZ_OUTBOX_FULL; retained ones go first. */
  readonly maxBytes: number;
  /** Uncompressed bytes of one batch. */
  readonly maxBatchBytes: number;
  /** How long delivered bodies are kept, to send them again to a restored platform. */
  readonly retainDeliveredMs: number;
  /** Size at which the write-ahead log is folded into the database. */
  readonly walBytes: number;
  /** Preallocated for delivery alone, for the day when the disk is full. 0 = none. */
  readonly reserveBytes: number;
  /** Open quarantine entries of one pipeline. */
  readonly maxQuarantined: number;
  /** How long an entry of the ledger is kept, if there is room for it. */
  readonly keepLedgerMs: number;
  /** What the ledger may take; its oldest entries go first. */
  readonly maxLedgerBytes: number;
}

export const defaultLimits: ExchangeLimits = {
  maxBytes: 10 * 1024 * MIB,
  // Half of what a platform must take at least, so that every platform takes it.
  maxBatchBytes: 8 * MIB,
  retainDeliveredMs: 7 * 24 * 3_600_000,
  // Large enough that a fast load folds only every few dozen batches, small enough for any disk.
  walBytes: 32 * MIB,
  reserveBytes: (32 + 64) * MIB,
  maxQuarantined: 10_000,
  // Well beyond the six months for which 网络安全法 has network logs kept.
  keepLedgerMs: 400 * 24 * 3_600_000,
  maxLedgerBytes: 1024 * MIB,
};
