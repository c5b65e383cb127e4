import { isDeepStrictEqual } from "node:util";
import { QianzhiError } from "@qianzhi/sdk";
import type { PositionValue, RawRow, ScanRequest, Source, Timers } from "@qianzhi/sdk";
import { toPosition } from "./row-text.ts";

/** Rows of one page without the anchor, with what is known of each. */
export interface ExtractedPage {
  readonly rows: readonly RawRow[];
  /** Parallel to `rows`; absent when the pipeline has no deletions flagged in the source. */
  readonly deleted?: Uint8Array;
  /** Order values of the last row: where the next page starts. Undefined for an empty page. */
  readonly last?: readonly PositionValue[];
}

export interface ExtractOptions {
  readonly source: Source;
  /** Without `from`: a page knows its own start. */
  readonly request: Omit<ScanRequest, "from">;
  readonly from?: readonly PositionValue[] | undefined;
  /** `from` ends a range that was read before: whatever the source holds equal to it belongs there. */
  readonly afterRange?: boolean;
  readonly signal: AbortSignal;
  /** Name of the relation, for errors. */
  readonly relation: string;
  /** Called when nothing stands at `from` any more: its row was changed or is gone. */
  readonly onMoved?: () => void;
}

/**
 * Reads a relation in the source's own order, page by page. Each page starts at its predecessor's last row, which is left
 * out where it comes first. A single other row there that the source holds equal to it took its place since (its key was
 * written in another case, say) and is read; two would be read twice or never, and are refused as QZ_KEY_NOT_UNIQUE.
 */
export async function* extract(options: ExtractOptions): AsyncGenerator<ExtractedPage, void> {
  const { source, request, signal, relation } = options;
  if (source.scan === undefined)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relation, operation: "scan" });
  const orderIndexes = request.order.map((name) =>
    request.columns.findIndex((column) => column.name === name),
  );
  let from = options.from;
  let afterRange = options.afterRange ?? false;
  for (;;) {
    // One row more than asked, since the first is the anchor.
    const page = await source.scan(
      from === undefined ? request : { ...request, from, pageRows: request.pageRows + 1 },
      signal,
    );
    if (page.tied > 1)
      throw new QianzhiError("QZ_KEY_NOT_UNIQUE", { key: request.order, name: relation });
    if (from !== undefined && page.tied === 0) options.onMoved?.();
    if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "scan" });
    const known = afterRange || isAnchor(page.rows[0], from, orderIndexes);
    const skip = known ? page.tied : 0;
    afterRange = false;
    const lastRow = page.rows.at(-1);
    const next =
      lastRow && orderIndexes.map((index) => presentValue(lastRow[index] ?? null, relation));
    // A page that leads nowhere would be asked for again without end.
    if (!page.end && (next === undefined || isDeepStrictEqual(next, from)))
      throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relation, operation: "scan" });
    from = next ?? from;
    const rows = skip === 0 ? page.rows : page.rows.slice(skip);
    if (rows.length > 0 && from !== undefined)
      yield {
        rows,
        last: from,
        ...(page.deleted === undefined ? {} : { deleted: page.deleted.subarray(skip) }),
      };
    if (page.end) return;
  }
}

function isAnchor(
  row: RawRow | undefined,
  from: readonly PositionValue[] | undefined,
  orderIndexes: readonly number[],
): boolean {
  const values = orderIndexes.map((index) => toPosition(row?.[index] ?? null));
  return JSON.stringify(values) === JSON.stringify(from);
}

function presentValue(value: RawRow[number], relation: string): PositionValue {
  const position = toPosition(value);
  if (position === null)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relation, operation: "scan" });
  return position;
}

/** Reads one page ahead, so that the source works while the page before is mapped. */
export async function* readAhead<T>(
  pages: AsyncGenerator<T, void>,
  timers: Timers,
): AsyncGenerator<T, void> {
  let next = pages.next();
  try {
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = pages.next();
      // The reader may stop before it is awaited; its error then concerns nobody.
      next.catch(() => undefined);
      // Mapping a page does not pause: the request for the next one is sent before it, or the source rests meanwhile.
      await timers.sleep(0);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return();
  }
}
