import { defineAdapter, QianzhiError } from "@qianzhi/sdk";
import type {
  Adapter,
  Bound,
  ChangesPage,
  Column,
  ColumnRequest,
  PositionValue,
  ScanPage,
  ScanRequest,
  Source,
} from "@qianzhi/sdk";
import type { Faults } from "./faults.ts";
import type { LegacyRow, LegacyTable } from "./legacy-table.ts";
import { pause, type Life } from "./life.ts";
import type { Dice } from "./seeded-random.ts";

/** What the agent asked of the source, told as it happens. */
export interface SourceWatch {
  /** A run of the pipeline has begun. */
  onRun(): void;
  onScan(request: Pick<ScanRequest, "columns">): void;
}

export interface LegacyOptions {
  readonly table: LegacyTable;
  readonly columns: readonly Column[];
  readonly dice: Dice;
  readonly faults: Faults;
  readonly watch: SourceWatch;
  /** It has a native feed of the table. */
  readonly hasFeed: boolean;
  /** The source's own clock, as a `datetime` with milliseconds. */
  readonly now: () => string;
  /** The process that is now in the source's clients. */
  readonly life: () => Life;
}

/**
 * The legacy table behind the adapter contract. Every call takes its time before and after it looks, so that the table
 * changes between two calls and the connection may be lost on either side of a look.
 */
export function legacyAdapter(options: LegacyOptions): Adapter {
  const { columns, dice, faults, watch } = options;
  async function call<T>(life: Life, signal: AbortSignal, look: () => T): Promise<T> {
    await pause(life, dice.between(0, faults.sourceDelayMs), signal);
    if (dice.chance(faults.sourceLost)) throw new QianzhiError("QZ_SOURCE_LOST");
    const seen = look();
    await pause(life, dice.between(0, faults.sourceDelayMs), signal);
    if (dice.chance(faults.sourceLost)) throw new QianzhiError("QZ_SOURCE_LOST");
    return seen;
  }

  return defineAdapter({
    kind: "simulated",
    optionsSchema: {},
    async open(): Promise<Source> {
      const life = options.life();
      return {
        probe: (signal) =>
          call(life, signal, () => ({
            product: "simulated",
            version: "1",
            now: options.now(),
            offset: "+08:00",
          })),
        async describe(_relation, signal) {
          watch.onRun();
          return call(life, signal, () => ({
            name: ["article"],
            kind: "table" as const,
            columns,
            key: ["code"],
            indexes: [],
          }));
        },
        async scan(request, signal) {
          watch.onScan(request);
          return call(life, signal, () => scan(options.table, request, dice));
        },
        async *list(_relation, asked, signal, where) {
          watch.onScan({ columns: asked });
          // One statement: what is written while it is read does not show.
          const rows = await call(life, signal, () =>
            options.table.rows().filter((row) => holds(where, row)),
          );
          for (let at = 0; at < rows.length; at += LIST_ROWS) {
            const page = rows.slice(at, at + LIST_ROWS);
            const listed = page.map((row) => asked.map(({ name }) => row[name as keyof LegacyRow]));
            yield await call(life, signal, () => ({ rows: listed }));
          }
        },
        ...(options.hasFeed
          ? {
              async changes(_relation, asked, position, signal) {
                watch.onScan({ columns: asked });
                return call(life, signal, () => changes(options.table, asked, position));
              },
            }
          : {}),
        close: async () => undefined,
      };
    },
  });
}

/** Changes of one page of the feed. */
const FEED_CHANGES = 2;

/** What the feed tells after so many changes; without a position, where it stands now. */
function changes(
  table: LegacyTable,
  asked: readonly ColumnRequest[],
  position: unknown,
): ChangesPage {
  if (position === undefined) return { changes: [], position: table.changes, end: true };
  const codes = table.changedAfter(position as number, FEED_CHANGES);
  if (codes === undefined)
    throw new QianzhiError("QZ_CHANGES_LOST", { source: "legacy", name: "article" });
  const reached = (position as number) + codes.length;
  return {
    changes: codes.map((code) => ({
      op: table.get(code)?.code === code ? "upsert" : "delete",
      row: asked.map(({ name }) => (name === "code" ? code : null)),
    })),
    position: reached,
    end: reached === table.changes,
  };
}

/** Rows of one page of a listing. */
const LIST_ROWS = 3;

/** One page, by the contract: from inclusive, ties counted, rows with NULL in the order left out. */
export function scan(table: LegacyTable, request: ScanRequest, dice: Dice): ScanPage {
  const value = (row: LegacyRow, column: string): string | number | null =>
    row[column as keyof LegacyRow];
  const comparable = (column: string, raw: PositionValue): string =>
    column === "code" ? table.collate(String(raw)) : String(raw);
  const against = (row: LegacyRow, bound: readonly PositionValue[]): number => {
    for (const [index, raw] of bound.entries()) {
      const column = request.order[index]!;
      const [own, other] = [comparable(column, value(row, column)!), comparable(column, raw)];
      if (own !== other) return own < other ? -1 : 1;
    }
    return 0;
  };
  const within = (row: LegacyRow, { values, inclusive }: Bound): boolean =>
    against(row, values) < (inclusive ? 1 : 0);
  const { from, until, keys, nulls } = request;
  const asked =
    keys === undefined
      ? undefined
      : new Set(keys.values.map(([code]) => comparable("code", code!)));
  const rows = table
    .rows()
    .filter((row) => asked === undefined || asked.has(table.collate(row.code)))
    .filter((row) => {
      // Rows that are asked for by their keys stand in no order.
      if (asked !== undefined) return true;
      return nulls === undefined
        ? request.order.every((column) => value(row, column) !== null)
        : nulls.some((column) => value(row, column) === null);
    })
    .filter((row) => holds(request.where, row))
    .filter((row) => from === undefined || against(row, from) >= 0)
    .filter((row) => until === undefined || within(row, until))
    .sort((one, other) =>
      against(
        one,
        request.order.map((column) => value(other, column)!),
      ),
    );
  const tied = from === undefined ? 0 : rows.filter((row) => against(row, from) === 0).length;
  const limit =
    asked !== undefined || nulls !== undefined || !dice.chance(0.2) ? Infinity : tied + 1;
  const page = rows.slice(0, Math.min(request.pageRows, limit));
  const { deletedWhen, keptWhen } = request;
  const marked = deletedWhen !== undefined || keptWhen !== undefined;
  const isDeleted = (row: LegacyRow): boolean =>
    (deletedWhen !== undefined && holds(deletedWhen, row)) || !holds(keptWhen, row);
  return {
    rows: page.map((row) => request.columns.map(({ name }) => value(row, name))),
    tied,
    end: page.length === rows.length,
    ...(marked ? { deleted: Uint8Array.from(page, (row) => Number(isDeleted(row))) } : {}),
  };
}

/** The few predicates that the simulated pipelines use, as the engine composes them. */
const predicates: Readonly<Record<string, (row: LegacyRow) => boolean>> = {
  "shown = 1": (row) => row.shown === 1,
  "gone = 1": (row) => row.gone === 1,
  "(shown = 1\n)": (row) => row.shown === 1,
  "CASE WHEN (gone = 1\n) THEN 0 ELSE 1 END = 1": (row) => row.gone === 0,
};

function holds(condition: string | undefined, row: LegacyRow): boolean {
  return (condition?.split(" AND ") ?? []).every((part) => {
    const predicate = predicates[part];
    if (predicate === undefined) throw new QianzhiError("QZ_QUERY_FAILED", { problem: part });
    return predicate(row);
  });
}
