import type { RawRow } from "@qianzhi/sdk";
import { inScan, inSource, type PlantedBug } from "./planted-bug.ts";

/** Bugs in pages and bounds, and in tables that change while they are read. */
export const pagingBugs: readonly PlantedBug[] = [
  inScan("waits for rows to end an empty table", ["an empty table is one page"], {
    page: (page) => ({ ...page, end: page.end && page.rows.length > 0 }),
  }),
  inScan("takes a full page for one that is followed", ["a page ends the read exactly"], {
    page: (page, { pageRows }) => ({ ...page, end: page.rows.length < pageRows }),
  }),
  inScan("reads two rows at least", ["a page of one row"], {
    request: (request) => ({ ...request, pageRows: Math.max(2, request.pageRows) }),
  }),
  inScan("reads from the end", ["in ascending order"], {
    page: (page) => ({ ...page, rows: page.rows.toReversed() }),
  }),
  inScan("reads a column once only", ["paging: columns come in the order"], {
    page: (page, { columns }) => {
      const names = columns.map(({ name }) => name);
      return {
        ...page,
        rows: page.rows.map((row) => row.filter((_, at) => names.indexOf(names[at]!) === at)),
      };
    },
  }),
  inScan("begins after its position", ["finds its row first"], {
    page: (page) => ({ ...page, rows: page.rows.slice(page.tied), tied: 0 }),
  }),
  inScan("sees one tied row at most", ["all rows that compare equal"], {
    page: (page) => ({ ...page, tied: Math.min(1, page.tied) }),
  }),
  inScan("bounds by two columns at most", ["a key of three columns"], {
    request: (request) => ({
      ...request,
      ...(request.until === undefined
        ? {}
        : { until: { ...request.until, values: request.until.values.slice(0, 2) } }),
    }),
  }),
  inSource("goes on only where it stands itself", ["from any page boundary"], ({ scan }) => {
    let begun = false;
    return {
      scan(request, signal) {
        const { from: _from, ...start } = request;
        const asked = begun ? request : start;
        begun = true;
        return scan(asked, signal);
      },
    };
  }),
  inScan(
    "takes a bound on the cursor for one on the whole order",
    ["a bound on the cursor alone"],
    {
      request: (request) =>
        request.until !== undefined && request.until.values.length < request.order.length
          ? { ...request, until: { ...request.until, inclusive: false } }
          : request,
    },
  ),
  inSource("stops only at a row that is its bound", ["a bound that no row has"], ({ scan }) => ({
    async scan(request, signal) {
      const { until, ...open } = request;
      const page = await scan(request, signal);
      return page.rows.some(([id]) => id === until?.values[0]) ? page : scan(open, signal);
    },
  })),
  inSource("begins with NULL", ["leaves out rows with NULL"], ({ scan }) => ({
    async scan(request, signal) {
      const page = await scan(request, signal);
      if (request.order.length === 0 || request.from !== undefined) return page;
      const nulls = await scan({ ...request, order: [], nulls: request.order }, signal);
      return { ...page, rows: [...nulls.rows, ...page.rows] };
    },
  })),
  inSource("looks for NULL column by column", ["NULL in several"], ({ scan }) => ({
    async scan(request, signal) {
      if (request.nulls === undefined) return scan(request, signal);
      const pages = await Promise.all(
        request.nulls.map((name) => scan({ ...request, nulls: [name] }, signal)),
      );
      return { ...pages[0]!, rows: pages.flatMap(({ rows }) => rows) };
    },
  })),
  inSource(
    "reads a snapshot that is as old as its first page",
    ["rows added behind the position", "moves ahead during the read", "committed during the read"],
    ({ scan }, { database }) => {
      const first = new Map<string, RawRow[]>();
      return {
        async scan(request, signal) {
          const table = database.tables.get(
            "table" in request.relation ? request.relation.table[0]! : "",
          );
          if (table === undefined) return scan(request, signal);
          const rows = first.get(table.name) ?? [...table.rows];
          first.set(table.name, rows);
          const now = table.rows;
          table.rows = rows;
          try {
            return await scan(request, signal);
          } finally {
            table.rows = now;
          }
        },
      };
    },
  ),
  inSource("counts rows instead of comparing them", ["takes no other with it"], ({ scan }) => {
    const places = new Map<string, number>();
    return {
      async scan(request, signal) {
        const { from, ...start } = request;
        const at = from === undefined ? 0 : (places.get(String(from[0])) ?? 0);
        const whole = await scan({ ...start, pageRows: 1_000 }, signal);
        const rows = whole.rows.slice(at, at + request.pageRows);
        for (const [nth, [id]] of rows.entries()) places.set(String(id), at + nth);
        const tied = from !== undefined && rows[0]?.[0] === from[0] ? 1 : 0;
        return { rows, tied, end: at + rows.length >= whole.rows.length };
      },
    };
  }),
  inSource("locks what it reads until the end", ["keeps no writer waiting"], ({ scan }, plot) => ({
    async scan(request, signal) {
      const page = await scan(request, signal);
      if ("table" in request.relation && !page.end) plot.database.lock(request.relation.table[0]!);
      return page;
    },
  })),
  inSource("keeps one request for all calls", ["two scans at the same time"], ({ scan, probe }) => {
    let current: Parameters<typeof scan>[0];
    return {
      async scan(request, signal) {
        current = request;
        await probe(signal);
        return scan(current, signal);
      },
    };
  }),
];
