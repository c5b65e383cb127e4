import type { Refusal } from "@qianzhi/sdk";
import type { Engine, Purpose, Session, Statement } from "./engine/engine.ts";

export interface Inserting<Line> {
  readonly engine: Pick<Engine, "undoesStatements">;
  readonly purpose: Purpose;
  statementOf(lines: readonly Line[]): Statement;
}

/** Marks where a refused statement is undone to, for an engine that does not do that by itself. */
export async function markLines(
  session: Session,
  { engine, purpose }: Pick<Inserting<never>, "engine" | "purpose">,
): Promise<void> {
  if (!engine.undoesStatements) await session.query("SAVEPOINT qz_rows", purpose);
}

/**
 * Inserts lines of a batch by one statement, behind a mark. When the database does not take it, it is undone and tried
 * again in halves, until the lines at fault stand alone: they are refused with the database's number, and the others are in.
 */
export async function insertLines<Line extends { readonly line: number }>(
  session: Session,
  lines: readonly Line[],
  inserting: Inserting<Line>,
  statement: Statement = inserting.statementOf(lines),
): Promise<readonly Refusal[]> {
  const { engine, purpose } = inserting;
  const isTooLong = statement.bytes.length > session.maxStatementBytes;
  const fault = isTooLong ? { number: "packet" } : await session.insert(statement, purpose);
  if (fault === undefined) return [];
  if (!isTooLong && !engine.undoesStatements)
    await session.query("ROLLBACK TO SAVEPOINT qz_rows", purpose);
  const [first, second] = lines;
  if (first === undefined) return [];
  if (second === undefined) return [refusalOf(first.line, fault.number)];
  const half = lines.length >> 1;
  const refused = await insertLines(session, lines.slice(0, half), inserting);
  await markLines(session, inserting);
  return [...refused, ...(await insertLines(session, lines.slice(half), inserting))];
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
