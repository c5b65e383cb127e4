import { QianzhiError } from "@qianzhi/sdk";
import type { PositionValue, RawRow, ScanPage, ScanRequest, Source } from "@qianzhi/sdk";
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
  readonly signal: AbortSignal;
  /** Name of the relation, for errors. */
  readonly relation: string;
  /** Called before each page: waits while the source wants rest. */
  readonly beforePage?: (rows: number) => Promise<void>;
}

/**
 * Reads a relation in the source's own order, page by page. Each page starts at its predecessor's last row, which must
 * come first or not at all; any other row that the source holds equal to it would be read twice or never, and is
 * refused as QZ_KEY_NOT_UNIQUE.
 */
export async function* extract(options: ExtractOptions): AsyncGenerator<ExtractedPage, void> {
  const { source, request, signal, relation } = options;
  if (source.scan === undefined)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relation, operation: "scan" });
  const orderIndexes = request.order.map((name) =>
    request.columns.findIndex((column) => column.name === name),
  );
  let from = options.from;
  let read = 0;
  for (;;) {
    await options.beforePage?.(read);
    // One row more than asked, since the first is the anchor.
    const page = await source.scan(
      from === undefined ? request : { ...request, from, pageRows: request.pageRows + 1 },
      signal,
    );
    read = page.rows.length;
    const skip =
      from === undefined
        ? 0
        : anchorRows(page, from, orderIndexes, { relation, key: request.order });
    const lastRow = page.rows.at(-1);
    if (lastRow !== undefined)
      from = orderIndexes.map((index) => presentValue(lastRow[index] ?? null, relation));
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

function anchorRows(
  page: ScanPage,
  from: readonly PositionValue[],
  orderIndexes: readonly number[],
  names: { readonly relation: string; readonly key: readonly string[] },
): number {
  if (page.tied === 0) return 0;
  const first = page.rows[0];
  const anchor = orderIndexes.map((index) => toPosition(first?.[index] ?? null));
  if (page.tied > 1 || JSON.stringify(anchor) !== JSON.stringify(from))
    throw new QianzhiError("QZ_KEY_NOT_UNIQUE", { key: names.key, name: names.relation });
  return 1;
}

function presentValue(value: RawRow[number], relation: string): PositionValue {
  const position = toPosition(value);
  if (position === null)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relation, operation: "scan" });
  return position;
}

/** Reads one page ahead, so that the source works while the page before is mapped. */
export async function* readAhead<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = pages.next();
  try {
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = pages.next();
      // The reader may stop before it is awaited; its error then concerns nobody.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return();
  }
}
