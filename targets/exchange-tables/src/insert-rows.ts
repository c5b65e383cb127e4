import type { Refusal } from "@qianzhi/sdk";
import type { Purpose, Session } from "./engine/engine.ts";

/** A row of a batch as SQL. */
export interface LineRow {
  readonly line: number;
  /** `(…, …)` */
  readonly sql: string;
}

/** Longer statements are no faster. In UTF-16 units, which are counted at no cost. */
const STATEMENT_UNITS = 256 * 1024;
/** Bytes that a unit takes at most in UTF-8. */
const UTF8_BYTES = 3;

/**
 * Inserts rows by statements of many. When the database does not take a statement it is undone and tried again in halves,
 * until the rows at fault stand alone: they are refused with the database's number, and the others are in.
 */
export async function insertLines(
  session: Session,
  head: string,
  rows: Iterable<LineRow>,
  purpose: Purpose,
): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  await oneAhead(inStatements(session, head, rows), insert);
  return refused;

  async function insert(some: readonly LineRow[]): Promise<void> {
    const [first] = some;
    if (first === undefined) return;
    const sql = head + some.map((row) => row.sql).join(",");
    const isTooLong = some.length === 1 && Buffer.byteLength(sql) > session.maxStatementBytes;
    if (!isTooLong) await session.query("SAVEPOINT qz_rows", purpose);
    const fault = isTooLong ? { number: "packet" } : await session.insert(sql, purpose);
    if (fault === undefined) return;
    if (!isTooLong) await session.query("ROLLBACK TO SAVEPOINT qz_rows", purpose);
    if (some.length === 1) {
      refused.push(refusalOf(first.line, fault.number));
      return;
    }
    const half = some.length >> 1;
    await insert(some.slice(0, half));
    await insert(some.slice(half));
  }
}

const refusalOf = (line: number, number: string): Refusal => ({
  line,
  temporary: false,
  reasons: [
    {
      code: "QZ_COLUMN_REFUSED",
      message: `the target's database does not take the record (${number})`,
    },
  ],
});

/** Carries out one piece after the other, and has the next one made while the database works. */
export async function oneAhead<Piece>(
  pieces: Iterable<Piece>,
  carryOut: (piece: Piece) => Promise<void>,
): Promise<void> {
  let underWay = Promise.resolve();
  try {
    for (const piece of pieces) {
      await underWay;
      underWay = carryOut(piece);
    }
  } catch (error) {
    // What is under way has an end of its own, which somebody must wait for.
    await underWay.catch(() => undefined);
    throw error;
  }
  await underWay;
}

/** Rows in pieces, each of which makes one statement. */
export function* inStatements<Row extends { readonly sql: string }>(
  { maxStatementBytes }: Session,
  head: string,
  rows: Iterable<Row>,
): Generator<readonly Row[]> {
  const limit = Math.min(STATEMENT_UNITS, maxStatementBytes / UTF8_BYTES);
  let some: Row[] = [];
  let units = head.length;
  for (const row of rows) {
    const more = row.sql.length + 1;
    if (some.length > 0 && units + more > limit) {
      yield some;
      some = [];
      units = head.length;
    }
    some.push(row);
    units += more;
  }
  if (some.length > 0) yield some;
}
