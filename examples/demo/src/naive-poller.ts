import type { Database } from "@qianzhi/exchange";

/** A copy of the persons table as most pollers keep it. */
export interface NaivePoller {
  /** What it has, by resident number. */
  readonly copy: ReadonlyMap<string, PersonRow>;
  /** Reads what is newer than the last row that it has seen. */
  poll(): void;
  stop(): void;
}

export interface PersonRow {
  readonly sfzh: string;
  readonly xm: string | null;
  readonly dz: string;
  readonly lxdh: string;
  readonly csrq: string;
  readonly xb: string;
}

const POLL_MS = 500;
const PAGE_ROWS = 1_000;
export const personColumns = "sfzh, xm, dz, lxdh, csrq, xb";

/**
 * Reads the same database beside the agent in the way that suggests itself: remember the greatest stamp, ask for what is
 * greater, leave out what cannot be converted. Each of its mistakes is one that pollers in use make.
 */
export function naivePoller(database: Database): NaivePoller {
  const copy = new Map<string, PersonRow>();
  const newer = database.prepare<PersonRow & { readonly gxsj: string }>(
    `SELECT ${personColumns}, gxsj FROM rkxx WHERE gxsj > ? ORDER BY gxsj LIMIT ${PAGE_ROWS}`,
  );
  let last = "";
  const poll = (): void => {
    for (;;) {
      const rows = newer.all(last);
      for (const row of rows) if (isConvertible(row)) copy.set(row.sfzh, row);
      last = rows.at(-1)?.gxsj ?? last;
      if (rows.length < PAGE_ROWS) return;
    }
  };
  const timer = setInterval(poll, POLL_MS);
  poll();
  return { copy, poll, stop: () => clearInterval(timer) };
}

const isConvertible = ({ xm, xb, csrq, sfzh }: PersonRow): boolean =>
  xm !== null &&
  ["男", "女", "1", "2"].includes(xb) &&
  sfzh.length === 18 &&
  !Number.isNaN(Date.parse(`${csrq.slice(0, 4)}-${csrq.slice(4, 6)}-${csrq.slice(6)}T00:00:00Z`));
