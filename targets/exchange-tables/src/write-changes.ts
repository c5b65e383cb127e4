import type { Refusal } from "@qianzhi/sdk";
import { KEY_HASH_DIGITS, rowIdOf, type TableChange } from "./changes.ts";
import type { Session, Statement } from "./engine/engine.ts";
import { insertLines, markLines, type Inserting } from "./insert-lines.ts";
import type { KnownRecord } from "./known-records.ts";
import { notePurpose, notesOf, type Noting } from "./note-records.ts";
import { oneAhead, piecesOf } from "./one-ahead.ts";
import type { systemCells } from "./plan-table.ts";
import type { Profile } from "./profile.ts";
import type { TableWriter } from "./table-writer.ts";

export interface Changing extends Noting {
  readonly profile: Profile;
  readonly writer: TableWriter;
  readonly system: ReturnType<typeof systemCells>;
  /** What the ledger knows of the records, by the hash of their key; undefined when it is taken to know none. */
  readonly known: ReadonlyMap<string, KnownRecord> | undefined;
}

/** What became of the changes of a batch. */
export interface WrittenChanges {
  /** The ledger knows a record after all: the transaction has to go back to where it was before. */
  readonly foundKnown: boolean;
  /** The lines that the table does not take, in their order. */
  readonly refused: readonly Refusal[];
  /** The key hash of each line in hex, zeros where a line was overtaken in its own batch. */
  readonly lineKeys: string;
}

/** One step towards a batch that is written. */
type Step = () => Promise<void>;

/** Longer statements are no faster; shorter ones wait more often for a process that is busy with reading. */
const STATEMENT_BYTES = 320 * 1024;
/** The first of a batch is short, since the database has nothing to do until it is made, and each is twice as long as the last. */
const FIRST_BYTES = 80 * 1024;
/** About how many bytes the profile's columns, or the ledger's, are in a row. */
const SYSTEM_BYTES = 128;
const KEY_HASH_BYTES = KEY_HASH_DIGITS / 2;

/**
 * Writes changes into the table and notes in the ledger those that it takes, some at a time: what is held for a whole batch
 * outlives the cheap collection of garbage.
 */
export async function writeChanges(
  session: Session,
  changes: Iterable<TableChange>,
  changing: Changing,
): Promise<WrittenChanges> {
  const { engine, writer, batch } = changing;
  const areNew = changing.known === undefined;
  const { deletes, upserts } = batch.manifest;
  const lineKeys = Buffer.alloc((deletes + upserts) * KEY_HASH_BYTES);
  const refused: Refusal[] = [];
  let foundKnown = false;

  const inserting: Inserting<TableChange> = {
    engine,
    purpose: { table: writer.table, operation: "INSERT" },
    statementOf: (lines) => rowsOf(lines, changing).rows,
  };
  const isRefused = new Set<number>();

  async function insert(lines: readonly TableChange[], rows: Statement): Promise<void> {
    const notTaken = await insertLines(session, lines, inserting, rows);
    for (const refusal of notTaken) isRefused.add(refusal.line);
    refused.push(...notTaken);
    await markLines(session, inserting);
  }

  async function note(lines: readonly TableChange[], notes: Statement): Promise<void> {
    const taken = lines.filter(({ line }) => !isRefused.has(line));
    if (taken.length === 0) return;
    const statement = taken.length === lines.length ? notes : notesOf(taken, changing, areNew);
    if (!areNew) await session.query(statement, notePurpose);
    else foundKnown = (await session.insert(statement, notePurpose)) !== undefined;
    if (!foundKnown) await markLines(session, inserting);
  }

  function* noting(lines: readonly TableChange[]): Generator<Step> {
    if (lines.length === 0) return;
    const notes = notesOf(lines, changing, areNew);
    yield () => note(lines, notes);
  }

  /** Rows twice, then the notes of both: a statement then takes the database longer than the next one takes to be made. */
  function* steps(): Generator<Step> {
    let held: TableChange[] = [];
    let isSecond = false;
    for (const some of piecesOf(changes, growing(session.maxStatementBytes), weightOf)) {
      if (foundKnown) return;
      for (const { line, keyHash } of some)
        lineKeys.write(keyHash, (line - 2) * KEY_HASH_BYTES, "hex");
      const { lines, rows, unfit } = rowsOf(some, changing);
      refused.push(...unfit);
      if (lines.length > 0) yield () => insert(lines, rows);
      held.push(...lines);
      if (isSecond) {
        yield* noting(held);
        held = [];
      }
      isSecond = !isSecond;
    }
    yield* noting(held);
  }

  await markLines(session, inserting);
  await oneAhead(steps(), async (step) => {
    if (!foundKnown) await step();
  });
  return {
    foundKnown,
    refused: refused.sort((one, other) => one.line - other.line),
    lineKeys: lineKeys.toString("hex"),
  };
}

/** The bytes of one statement after the other. */
function growing(maxStatementBytes: number): () => number {
  let next = FIRST_BYTES;
  return () => {
    // A quarter of what the server reads at once: lengths are estimated, and notes are of two statements.
    const bytes = Math.min(next, maxStatementBytes / 4);
    next = Math.min(next * 2, STATEMENT_BYTES);
    return bytes;
  };
}

const weightOf = ({ recordText, keyText }: TableChange): number =>
  (recordText ?? keyText).length + SYSTEM_BYTES;

/** The rows of those lines whose values go into their columns. */
function rowsOf(some: readonly TableChange[], changing: Changing) {
  const { engine, writer } = changing;
  const statement = engine.insertInto(writer.table, writer.columns);
  const lines: TableChange[] = [];
  const unfit: Refusal[] = [];
  // One for all: each row has all cells.
  const row: string[] = [];
  for (const change of some) {
    const { line, recordText, keyText } = change;
    const reasons = writer.rowOf(row, lead(row, change, changing), recordText ?? keyText);
    if (reasons === undefined) {
      lines.push(change);
      statement.add(row);
    } else unfit.push({ line, temporary: false, reasons });
  }
  return { lines, rows: statement.end(), unfit };
}

/** Puts the cells of the profile's columns into a row; answers how many. */
function lead(
  row: string[],
  { keyHash, recordText }: TableChange,
  { engine, profile, batch, system, known }: Changing,
): number {
  const isThere = known?.get(keyHash)?.isThere === true;
  let place = 0;
  if (profile.row !== undefined) {
    const { site, resource } = batch.manifest;
    row[place++] = engine.cell(rowIdOf(site, resource, keyHash));
  }
  for (const cell of system[recordText === null ? "delete" : isThere ? "update" : "insert"])
    row[place++] = cell;
  return place;
}
