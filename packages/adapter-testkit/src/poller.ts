import type { Horizon, PositionValue, RawValue } from "@qianzhi/sdk";
import { nextSecond, until } from "./expect.ts";
import type { ConformanceHarness } from "./harness.ts";
import { byNumber, calm, firsts, offering, over, throughJson } from "./read.ts";
import { testHost } from "./test-host.ts";
import type { TestTable } from "./test-type.ts";

/**
 * Settle time of these polls. It is far longer than a case lasts, so that an adapter that falls back to it stays safely
 * behind every stamp that the case makes.
 */
const SETTLE_MS = 600_000;

/** Polls a stamped table as the engine does: the horizon first, its memory carried from poll to poll, then the rows below it. */
export interface Poller {
  poll(): Promise<Horizon>;
  /** Polls until the horizon is exact. */
  pollExact(): Promise<Horizon>;
  /** Polls until the row is below the horizon: nobody holds it back any more. */
  pollPast(id: number): Promise<void>;
  /** Keys of the rows strictly below a stamp, by the source's own comparison. */
  below(stamp: PositionValue): Promise<readonly RawValue[]>;
  /** Waits until the source's clock shows a later second. */
  nextSecond(): Promise<void>;
  /** Opens the source anew, as after a restart; the memory of the last poll was kept on disk, or was not. */
  reopen(memory: "kept" | "lost"): Promise<void>;
}

/** The table whose second column an application stamps by the source's clock. */
export function stampedTable({ integer, stamp }: ConformanceHarness): TestTable {
  return {
    name: "qz_stamped",
    key: ["id"],
    rows: [],
    columns: [
      { name: "id", type: integer },
      { name: "t", type: stamp!.type },
    ],
  };
}

/** A row of {@link stampedTable}, as an application writes it. */
export const stamped = ({ stamp }: ConformanceHarness, id: number): readonly string[] => [
  String(id),
  stamp!.now,
];

/** Runs over an empty stamped table that was polled before. */
export async function withPoller(
  harness: ConformanceHarness,
  use: (poller: Poller) => Promise<void>,
): Promise<void> {
  const table = stampedTable(harness);
  const relation = await harness.createTable(table);
  const open = async () => offering(await harness.open(testHost()), ["scan", "horizon"]);
  let source = await open();
  let memory: { readonly previous?: unknown } = {};
  const poller: Poller = {
    async poll() {
      const request = { relation, cursor: "t", settleMs: SETTLE_MS, ...memory };
      const { memory: next, ...horizon } = await source.horizon(request, calm());
      memory = next === undefined ? {} : { previous: throughJson(next) };
      return horizon;
    },
    async pollExact() {
      let last = await poller.poll();
      await until(async () => {
        if (!last.exact) last = await poller.poll();
        return last.exact;
      }, "the horizon becomes exact");
      return last;
    },
    pollPast: (id) =>
      until(
        async () => (await poller.below((await poller.poll()).below)).includes(id),
        `the horizon goes past row ${id}`,
      ),
    async below(stamp) {
      const bound = { values: [throughJson(stamp)], inclusive: false };
      const request = { ...over(relation, table, ["t", "id"]), until: bound };
      return firsts((await source.scan(request, calm())).rows).toSorted(byNumber);
    },
    nextSecond: () => nextSecond(source),
    async reopen(fate) {
      await source.close();
      source = await open();
      if (fate === "lost") memory = {};
    },
  };
  try {
    await use(poller);
  } finally {
    await source.close();
  }
}
