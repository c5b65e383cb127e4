import sqlite from "@qianzhi/adapter-sqlite";
import { openDatabase } from "@qianzhi/exchange";
import {
  defineAdapter,
  QianzhiError,
  type Adapter,
  type ChangesPage,
  type ScanRequest,
} from "@qianzhi/sdk";

/** A SQLite source that has a native feed as well, and what the test lets it do. */
export interface Feeding {
  readonly adapter: Adapter;
  /** Positions below it are lost. */
  keptFrom: number;
  /** A page in place of what the log has behind a position. */
  tell: (position: unknown) => ChangesPage | undefined;
  /** Pages of the feed that were read, and reads of more than some keys. */
  pages: number;
  scans: number;
  /** Called before the rows of each page of a scan are read. */
  beforeScan: () => void;
  /** Called before rows are read by their keys. */
  beforePointRead: () => void;
}

/** What the source can do beside its feed. */
export type Beside = "scan" | "list" | "nothing";

/** Rows of a page of the feed. */
const PAGE_ROWS = 3;

/** The log that the feed is read from: what triggers note of the table `rkxx` with this key. */
export const feedOf = (key: string): string =>
  `CREATE TABLE feed (n INTEGER PRIMARY KEY AUTOINCREMENT, k);
   CREATE TRIGGER fed_1 AFTER INSERT ON rkxx BEGIN INSERT INTO feed (k) VALUES (new.${key}); END;
   CREATE TRIGGER fed_2 AFTER UPDATE ON rkxx BEGIN INSERT INTO feed (k) VALUES (old.${key}), (new.${key}); END;
   CREATE TRIGGER fed_3 AFTER DELETE ON rkxx BEGIN INSERT INTO feed (k) VALUES (old.${key}); END;`;

export function feeding(key: string, beside: Beside = "scan"): Feeding {
  const state: Feeding = {
    keptFrom: 0,
    tell: () => undefined,
    pages: 0,
    scans: 0,
    beforeScan: () => undefined,
    beforePointRead: () => undefined,
    adapter: defineAdapter<{ readonly path: string }>({
      kind: "feeding",
      optionsSchema: { type: "object" },
      async open(options, host) {
        const { scan, list: _, ...source } = await sqlite.open(options, host);
        const log = await openDatabase(options.path, { readOnly: true });
        const read = async (request: ScanRequest, signal: AbortSignal) => {
          if (request.keys === undefined) {
            state.scans += 1;
            state.beforeScan();
          } else state.beforePointRead();
          return scan!(request, signal);
        };
        return {
          ...source,
          ...(beside === "scan" ? { scan: read } : {}),
          ...(beside === "list"
            ? {
                async *list(relation, columns, signal) {
                  yield await read({ relation, columns, order: [], pageRows: 10_000 }, signal);
                },
              }
            : {}),
          async changes(relation, columns, position, signal): Promise<ChangesPage> {
            const last = log.prepare<{ n: number }>("SELECT max(n) AS n FROM feed").get()?.n ?? 0;
            if (position === undefined) return { changes: [], position: { n: last }, end: true };
            state.pages += 1;
            const told = state.tell(position);
            if (told !== undefined) return told;
            const { n } = position as { n: number };
            if (n < state.keptFrom)
              throw new QianzhiError("QZ_CHANGES_LOST", { source: "legacy", name: "rkxx" });
            const noted = log
              .prepare<{ n: number; k: string | number }>(
                "SELECT n, k FROM feed WHERE n > ? ORDER BY n LIMIT ?",
              )
              .all(n, PAGE_ROWS);
            const wanted = [...new Set(noted.map(({ k }) => k))];
            const { rows } = await scan!(
              {
                relation,
                columns: [{ name: key }, ...columns],
                order: [],
                keys: { columns: [key], values: wanted.map((value) => [value]) },
                pageRows: PAGE_ROWS,
              },
              signal,
            );
            const now = new Map(rows.map(([value, ...row]) => [value, row]));
            return {
              changes: wanted.map((value) => {
                const row = now.get(value);
                return row === undefined
                  ? {
                      op: "delete",
                      row: columns.map(({ name }) => (name === key ? value : null)),
                    }
                  : { op: "upsert", row };
              }),
              position: { n: noted.at(-1)?.n ?? n },
              end: noted.length < PAGE_ROWS,
              kept: { bytes: last - n, limitBytes: 1_000 },
            };
          },
          async close() {
            log.close();
            await source.close();
          },
        };
      },
    }),
  };
  return state;
}
