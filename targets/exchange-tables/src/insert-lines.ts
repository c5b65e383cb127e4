import type { Refusal } from "@qianzhi/sdk";
import type { Purpose, Session } from "./engine/engine.ts";
import { oneAhead, piecesOf } from "./one-ahead.ts";

/** Longer statements are no faster. In UTF-16 units, which are counted at no cost. */
const STATEMENT_UNITS = 128 * 1024;
/** Bytes that a unit takes at most in UTF-8. */
const UTF8_BYTES = 3;

export interface Inserting<Line> {
  readonly purpose: Purpose;
  /** About how long a line becomes in a statement, in UTF-16 units. */
  weightOf(line: Line): number;
  /** The statement that inserts some lines; undefined when none of them is to be inserted. */
  statementOf(some: readonly Line[]): string | undefined;
}

/**
 * Inserts lines of a batch by statements of many. When the database does not take a statement it is undone and tried again
 * in halves, until the lines at fault stand alone: they are refused with the database's number, and the others are in.
 */
export async function insertLines<Line extends { readonly line: number }>(
  session: Session,
  lines: readonly Line[],
  inserting: Inserting<Line>,
): Promise<readonly Refusal[]> {
  const { purpose, statementOf } = inserting;
  const refused: Refusal[] = [];
  // Set behind each statement and not before it: an answer that the next statement waits for is read only when the one
  // after it has been made.
  const mark = async (): Promise<void> => void (await session.query("SAVEPOINT qz_rows", purpose));
  await mark();
  await oneAhead(statements(session, lines, inserting), insert);
  return refused;

  async function insert({ some, sql }: Statement<Line>): Promise<void> {
    const [first] = some;
    if (first === undefined || sql === undefined) return;
    const isTooLong =
      sql.length * UTF8_BYTES > session.maxStatementBytes &&
      Buffer.byteLength(sql) > session.maxStatementBytes;
    const fault = isTooLong ? { number: "packet" } : await session.insert(sql, purpose);
    if (fault === undefined) return mark();
    if (!isTooLong) await session.query("ROLLBACK TO SAVEPOINT qz_rows", purpose);
    if (some.length === 1) {
      refused.push(refusalOf(first.line, fault.number));
      return;
    }
    const half = some.length >> 1;
    for (const part of [some.slice(0, half), some.slice(half)])
      await insert({ some: part, sql: statementOf(part) });
  }
}

interface Statement<Line> {
  readonly some: readonly Line[];
  readonly sql: string | undefined;
}

/** Statements over some lines after the other, each made when it is asked for. */
export function* statements<Line>(
  { maxStatementBytes }: Pick<Session, "maxStatementBytes">,
  lines: Iterable<Line>,
  { weightOf, statementOf }: Pick<Inserting<Line>, "weightOf" | "statementOf">,
): Generator<Statement<Line>> {
  const limit = Math.min(STATEMENT_UNITS, maxStatementBytes / UTF8_BYTES);
  for (const some of piecesOf(lines, limit, weightOf)) yield { some, sql: statementOf(some) };
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
