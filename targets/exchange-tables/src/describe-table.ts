import { QianzhiError } from "@qianzhi/sdk";
import type { Engine, Session } from "./engine/engine.ts";
import type { TablesOptions } from "./options.ts";

/** A column as the database has it. */
export interface TableColumn {
  readonly name: string;
  /** The engine's own name of the type, in lower case. */
  readonly type: string;
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  /** Fraction digits of seconds. */
  readonly fraction: number | null;
  readonly nullable: boolean;
  /** The database fills it in when nothing is given. */
  readonly filled: boolean;
  readonly unsigned: boolean;
}

export interface TableFacts {
  readonly name: string;
  /** By lower-case name: neither engine tells columns apart by case alone here. */
  readonly columns: ReadonlyMap<string, TableColumn>;
}

/** Engines of MySQL whose tables take part in transactions. */
const transactional = /^(transactional|innodb|ndbcluster|tokudb|rocksdb)$/i;

/**
 * The table as it is now. Within a transaction it stays so until the end, since it is touched first. Throws
 * QZ_TARGET_TABLE_MISSING, QZ_TARGET_DENIED, or QZ_TARGET_NOT_ATOMIC when half a batch could stay in it.
 */
export async function describeTable(
  session: Session,
  engine: Engine,
  options: TablesOptions,
  table: string,
): Promise<TableFacts> {
  const purpose = { table, operation: "SELECT" } as const;
  await session.query(`SELECT 1 FROM ${engine.quote(table)} WHERE 1 = 0`, purpose);
  const rows = await session.query(engine.columnsOf(table, options), purpose);
  const [first] = rows;
  if (first === undefined) throw new QianzhiError("QZ_TARGET_TABLE_MISSING", { table });
  if (!transactional.test(String(first[9])))
    throw new QianzhiError("QZ_TARGET_NOT_ATOMIC", { table, engine: first[9] });
  return {
    name: table,
    columns: new Map(rows.map((row) => [String(row[0]).toLowerCase(), columnOf(row)])),
  };
}

function columnOf([
  name,
  type,
  length,
  precision,
  scale,
  fraction,
  nullable,
  filled,
  unsigned,
]: readonly unknown[]): TableColumn {
  const numberOf = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    name: String(name),
    type: String(type).toLowerCase(),
    length: numberOf(length),
    precision: numberOf(precision),
    scale: numberOf(scale),
    fraction: numberOf(fraction),
    nullable: isTrue(nullable),
    filled: isTrue(filled),
    unsigned: isTrue(unsigned),
  };
}

const isTrue = (value: unknown): boolean => value === 1 || value === "1" || value === "t";
