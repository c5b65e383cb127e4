/** How many rows a pipeline asks for at once, learned from how long its source takes for them. */
export interface PageSize {
  readonly rows: number;
  /** The rows to ask for where the engine would ask for so many. */
  limit(asked: number): number;
  /** A page that was asked for so many rows, came with so many and took so long; `end`: the source had no more. */
  note(page: NotedPage): void;
}

export interface NotedPage {
  readonly asked: number;
  readonly rows: number;
  readonly end: boolean;
  readonly ms: number;
}

/** A page of fewer rows costs more in statements than it spares the source. */
export const MIN_PAGE_ROWS = 100;
/** Grows by a quarter when a page took less than half the target, so that it does not swing. */
const GROWTH = 1.25;

/**
 * Begins at the most and follows all pages but the last, if that is short: what is slow about it is not its size. One that
 * took too long cuts the size at once to what would have fitted, from there it grows page by page.
 */
export function pageSize(options: {
  readonly maxRows: number;
  readonly targetMs: number;
}): PageSize {
  const { maxRows, targetMs } = options;
  const minRows = Math.min(MIN_PAGE_ROWS, maxRows);
  let rows = maxRows;
  // One row more than a page is the row where it begins.
  const limit = (asked: number): number => Math.min(asked, rows + 1);
  return {
    get rows() {
      return rows;
    },
    limit,
    note(page) {
      const given = limit(page.asked);
      if (page.end && page.rows < given) return;
      if (page.ms > targetMs)
        rows = Math.min(rows, Math.max(minRows, Math.floor((page.rows * targetMs) / page.ms)));
      else if (given < page.asked && page.ms < targetMs / 2)
        rows = Math.min(maxRows, Math.ceil(rows * GROWTH));
    },
  };
}
