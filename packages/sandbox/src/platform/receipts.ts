import type { Receipt, ReceiptPage, StreamName } from "@qianzhi/sdk";
import type { Context } from "./context.ts";
import type { StreamRow } from "./streams.ts";

/** Receipts in one page of {@link Receipts.since}. */
const PAGE = 500;

/** A batch that was applied, without its refusals' reasons. */
export interface AppliedBatch extends StreamName {
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly appliedMs: number;
  readonly accepted: number;
  readonly refused: number;
}

export type Receipts = ReturnType<typeof receiptsOf>;

/** What was answered to each batch, kept so that a repeat gets the same answer. */
export function receiptsOf({ database, clock, limits, behaviour }: Context) {
  const insert = database.prepare(
    `INSERT INTO receipt (stream, site, epoch, sequence, digest, applied_ms, visible_ms, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const find = database.prepare(
    "SELECT digest, content FROM receipt WHERE stream = ? AND epoch = ? AND sequence = ?",
  );
  const forget = database.prepare(
    "DELETE FROM receipt WHERE stream = ? AND applied_ms < ? AND NOT (epoch = ? AND sequence = ?)",
  );
  const page = database.prepare(
    "SELECT serial, visible_ms AS visibleMs, content FROM receipt WHERE site = ? AND serial > ? ORDER BY serial LIMIT ?",
  );
  const last = database.prepare(
    `SELECT resource, receipt.site, pipeline, receipt.epoch, receipt.sequence, receipt.digest, applied_ms AS appliedMs,
       content ->> '$.accepted' AS accepted, json_array_length(content, '$.refused') AS refused
     FROM receipt JOIN stream ON stream.id = receipt.stream ORDER BY serial DESC LIMIT ?`,
  );

  return {
    /** The last batches that were applied, the newest first. */
    last: (limit: number): readonly AppliedBatch[] => last.all(limit) as AppliedBatch[],

    /** Called inside the transaction that applies the batch. */
    keep(stream: StreamRow, receipt: Receipt): void {
      const now = clock.now();
      const { site, epoch, sequence, digest } = receipt;
      const visible = now + (behaviour.faults.lateReceiptsMs ?? 0);
      forget.run(stream.id, now - limits.retainReceiptsMs, epoch, sequence - 1);
      insert.run(stream.id, site, epoch, sequence, digest, now, visible, JSON.stringify(receipt));
    },

    /** The receipt of a batch applied in this epoch, if it is still kept. */
    find(
      stream: StreamRow,
      sequence: number,
    ): { readonly digest: string; readonly receipt: Receipt } | undefined {
      const row = find.get(stream.id, stream.epoch, sequence) as
        | { digest: string; content: string }
        | undefined;
      return row === undefined
        ? undefined
        : { digest: row.digest, receipt: JSON.parse(row.content) as Receipt };
    },

    /** Receipts of a site in the order in which they were given; `since` is the `next` of the page before. */
    since(site: string, since = "0"): ReceiptPage {
      const rows = page.all(site, Number(since), PAGE) as {
        serial: number;
        visibleMs: number;
        content: string;
      }[];
      const now = clock.now();
      // A later one that is already visible waits for those before it: `next` must not pass one that was not handed out.
      const hidden = rows.findIndex((row) => row.visibleMs > now);
      const visible = hidden < 0 ? rows : rows.slice(0, hidden);
      return {
        receipts: visible.map((row) => JSON.parse(row.content) as Receipt),
        next: String(visible.at(-1)?.serial ?? since),
      };
    },
  };
}
