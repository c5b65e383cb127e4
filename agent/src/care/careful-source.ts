import type { ScanRequest, Source, World } from "@qianzhi/sdk";
import { eachUnlessLeftBehind, unlessLeftBehind } from "./left-behind.ts";
import type { PageSize } from "./page-size.ts";
import { refuseForeign } from "./raw-rows.ts";
import type { SourceCare } from "./source-care.ts";

export interface CarefulOptions {
  /** The source behind; another one after the connection was given back over a wait. */
  readonly source: () => Source;
  /** The word of its adapter in the configuration. */
  readonly kind: string;
  readonly care: Pick<SourceCare, "note" | "rested">;
  readonly world: Pick<World, "clock" | "timers" | "log">;
  /** The size of the pages that its user reads; absent for one that reads a few rows. */
  readonly pages?: PageSize;
  /** Waits for what has to be waited for before a statement. */
  ready(signal: AbortSignal): Promise<void>;
}

/**
 * The source as the engine sees it: each call first waits until the source may be asked, its duration and rows are
 * noted, the pages of an ordered read are made shorter while the source is slow, as its contract allows, and rows that are
 * none by it are refused.
 */
export function carefulSource({ source, kind, care, world, pages, ready }: CarefulOptions): Source {
  const { clock } = world;
  async function ask<T>(
    operation: string,
    signal: AbortSignal,
    work: (source: Source) => Promise<T>,
    rowsOf: (result: T) => number = () => 0,
  ): Promise<readonly [result: T, ms: number]> {
    await ready(signal);
    const startedAt = clock.monotonic();
    let rows = 0;
    try {
      const result = await unlessLeftBehind(work(source()), { kind, operation }, signal, world);
      rows = rowsOf(result);
      return [result, clock.monotonic() - startedAt];
    } finally {
      care.note({ ms: clock.monotonic() - startedAt, rows });
    }
  }
  const answer = async <T>(asked: Promise<readonly [T, number]>): Promise<T> => (await asked)[0];

  const { discover, scan, list, changes, horizon, maximum, duplicateKey, cost } = source();
  return {
    probe: (signal) => answer(ask("probe", signal, (open) => open.probe(signal))),
    describe: (relation, signal) =>
      answer(ask("describe", signal, (open) => open.describe(relation, signal))),
    close: () => source().close(),
    ...(discover && {
      discover: (signal: AbortSignal) =>
        answer(ask("discover", signal, (open) => open.discover!(signal))),
    }),
    ...(scan && {
      async scan(request: ScanRequest, signal: AbortSignal) {
        const isPage = pages !== undefined && request.order.length > 0 && !request.keys;
        const pageRows = isPage ? pages.limit(request.pageRows) : request.pageRows;
        const [page, ms] = await ask(
          "scan",
          signal,
          (open) => open.scan!({ ...request, pageRows }, signal),
          ({ rows }) => rows.length,
        );
        refuseForeign(page.rows, request.columns, { kind, relation: request.relation });
        if (isPage)
          pages.note({ asked: request.pageRows, rows: page.rows.length, end: page.end, ms });
        return page;
      },
    }),
    ...(list && {
      async *list(...args: Parameters<typeof list>) {
        const [relation, columns, signal] = args;
        await ready(signal);
        let startedAt = clock.monotonic();
        const call = { kind, operation: "list" };
        for await (const page of eachUnlessLeftBehind(
          source().list!(...args),
          call,
          signal,
          world,
        )) {
          care.note({ ms: clock.monotonic() - startedAt, rows: page.rows.length });
          refuseForeign(page.rows, columns, { kind, relation });
          yield page;
          // One statement to its end: it cannot be taken up again after a window.
          await care.rested(signal);
          startedAt = clock.monotonic();
        }
      },
    }),
    ...(changes && {
      async changes(...args: Parameters<typeof changes>) {
        const [relation, columns, , signal] = args;
        const [page] = await ask(
          "changes",
          signal,
          (open) => open.changes!(...args),
          (found) => found.changes.length,
        );
        refuseForeign(
          page.changes.map(({ row }) => row),
          columns,
          { kind, relation },
        );
        return page;
      },
    }),
    ...(horizon && {
      horizon: (...args: Parameters<typeof horizon>) =>
        answer(ask("horizon", args[1], (open) => open.horizon!(...args))),
    }),
    ...(maximum && {
      maximum: (...args: Parameters<typeof maximum>) =>
        answer(ask("maximum", args[2], (open) => open.maximum!(...args))),
    }),
    ...(duplicateKey && {
      duplicateKey: (...args: Parameters<typeof duplicateKey>) =>
        answer(ask("duplicateKey", args[2], (open) => open.duplicateKey!(...args))),
    }),
    ...(cost && {
      cost: (...args: Parameters<typeof cost>) =>
        answer(ask("cost", args[1], (open) => open.cost!(...args))),
    }),
  };
}
