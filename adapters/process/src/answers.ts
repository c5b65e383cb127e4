import {
  columnTypes,
  settleReasons,
  type AdapterHost,
  type ChangesPage,
  type Column,
  type ColumnRequest,
  type Horizon,
  type PositionValue,
  type Probe,
  type RawRow,
  type RawValue,
  type RelationDescription,
  type RelationSummary,
  type ScanPage,
  type StatementCost,
} from "@qianzhi/sdk";
import { undecoded } from "@qianzhi/sql";

/** Thrown for an answer of another shape than the protocol has; its message is in words that hold nothing of it. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

type Group = Readonly<Record<string, unknown>>;

export const isGroup = (value: unknown): value is Group =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ShapeError(what);
}

function group(value: unknown, what: string): Group {
  insist(isGroup(value), `${what} is not an object`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  insist(Array.isArray(value), `${what} is not an array`);
  return value as readonly unknown[];
}

function text(value: unknown, what: string): string {
  insist(typeof value === "string", `${what} is not a string`);
  return value;
}

function flag(value: unknown, what: string): boolean {
  insist(typeof value === "boolean", `${what} is neither true nor false`);
  return value;
}

function whole(value: unknown, what: string): number {
  insist(Number.isSafeInteger(value) && Number(value) >= 0, `${what} is not a whole number`);
  return value as number;
}

const texts = (value: unknown, what: string): readonly string[] =>
  list(value, what).map((each) => text(each, what));

/** What a page of rows was asked for: how many values each row has, and which of them are stored bytes. */
export interface RowReader {
  (row: unknown): RawRow;
}

/** Reads rows in the order of the columns; texts that come as bytes with their charset are decoded by the host. */
export function rowReader(
  columns: readonly ColumnRequest[],
  { decode }: Pick<AdapterHost, "decode">,
): RowReader {
  return (row) => {
    const values = list(row, "a row");
    insist(
      values.length === columns.length,
      "a row has not as many values as columns were asked for",
    );
    return values.map((value, at) => rawValue(value, columns[at]?.bytes === true, decode));
  };
}

function rawValue(value: unknown, wantsBytes: boolean, decode: AdapterHost["decode"]): RawValue {
  if (value === null) return null;
  if (isGroup(value)) {
    const { base64, charset } = value;
    insist(typeof base64 === "string", "a value is an object without base64");
    const bytes = Buffer.from(base64, "base64");
    insist(bytes.toString("base64") === base64, "a value is not base64");
    if (charset === undefined || wantsBytes) return new Uint8Array(bytes);
    return decoded(bytes, text(charset, "a charset"), decode);
  }
  insist(!wantsBytes, "a value of a column with bytes: true is not base64");
  insist(!Array.isArray(value), "a value is an array");
  return value as RawValue;
}

/** Bytes that are no text in their charset stand for themselves, so that the record is refused and the page goes on. */
function decoded(bytes: Uint8Array, charset: string, decode: AdapterHost["decode"]): string {
  try {
    return decode(bytes, charset);
  } catch {
    return undecoded(bytes);
  }
}

function rowsOf(value: unknown, read: RowReader, pageRows: number): readonly RawRow[] {
  const rows = list(value, "rows");
  insist(rows.length <= pageRows, "a page has more rows than were asked for");
  return rows.map(read);
}

export function scanPage(answer: unknown, read: RowReader, pageRows: number): ScanPage {
  const page = group(answer, "a page");
  const rows = rowsOf(page["rows"], read, pageRows);
  const tied = whole(page["tied"] ?? 0, "tied");
  insist(tied <= rows.length, "tied is more than there are rows");
  const end = flag(page["end"], "end");
  insist(end || rows.length > 0, "a page that is not the last has no row");
  if (page["deleted"] === undefined) return { rows, tied, end };
  const deleted = list(page["deleted"], "deleted").map((each) => whole(each, "deleted"));
  insist(deleted.length === rows.length, "deleted has not one number a row");
  return { rows, tied, end, deleted: Uint8Array.from(deleted) };
}

export function listPage(
  answer: unknown,
  read: RowReader,
  pageRows: number,
): { readonly rows: readonly RawRow[]; readonly end: boolean } {
  const page = group(answer, "a page");
  return { rows: rowsOf(page["rows"], read, pageRows), end: flag(page["end"], "end") };
}

export function changesPage(answer: unknown, read: RowReader): ChangesPage {
  const page = group(answer, "changes");
  const changes = list(page["changes"], "changes").map((each) => {
    const { op, row } = group(each, "a change");
    insist(op === "upsert" || op === "delete", "op is neither upsert nor delete");
    return { op, row: read(row) } as const;
  });
  insist(page["position"] !== undefined, "changes have no position");
  return { changes, position: page["position"], end: flag(page["end"], "end") };
}

export function probeOf(answer: unknown): Probe {
  const probe = group(answer, "probe");
  for (const name of ["product", "version", "now", "offset"]) text(probe[name], name);
  insist(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?$/.test(String(probe["now"])),
    "now is no time",
  );
  insist(/^[+-]\d\d:\d\d$/.test(String(probe["offset"])), "offset is not like +08:00");
  for (const name of ["identity", "charset"]) if (name in probe) text(probe[name], name);
  for (const name of ["readOnly", "readOnlyAccount", "replica"])
    if (name in probe) flag(probe[name], name);
  return probe as unknown as Probe;
}

export const summariesOf = (answer: unknown): readonly RelationSummary[] =>
  list(answer, "discover").map(summaryOf);

function summaryOf(value: unknown): RelationSummary {
  const { name, kind = "table", comment, estimatedRows } = group(value, "a relation");
  insist(kind === "table" || kind === "view", "kind is neither table nor view");
  return {
    name: texts(name, "name"),
    kind,
    ...(comment === undefined ? {} : { comment: text(comment, "comment") }),
    ...(estimatedRows === undefined
      ? {}
      : { estimatedRows: whole(estimatedRows, "estimatedRows") }),
  };
}

export function descriptionOf(answer: unknown): RelationDescription {
  const { columns, key = [], indexes = [], ...summary } = group(answer, "describe");
  return {
    ...summaryOf(summary),
    columns: list(columns, "columns").map(columnOf),
    key: texts(key, "key"),
    indexes: list(indexes, "indexes").map((each) => {
      const index = group(each, "an index");
      return {
        name: text(index["name"], "name"),
        columns: texts(index["columns"], "columns"),
        unique: flag(index["unique"], "unique"),
      };
    }),
  };
}

function columnOf(value: unknown): Column {
  const column = group(value, "a column");
  const { name, type, native = type, nullable = true } = column;
  insist((columnTypes as readonly unknown[]).includes(type), "type is none of the contract's");
  for (const size of ["precision", "scale", "fraction", "length"])
    if (size in column) whole(column[size], size);
  return {
    ...(column as unknown as Column),
    name: text(name, "name"),
    native: text(native, "native"),
    nullable: flag(nullable, "nullable"),
  };
}

export function positionOf(value: unknown): PositionValue {
  const isBytes = isGroup(value) && typeof value["base64"] === "string";
  const isPlain = ["string", "number", "boolean"].includes(typeof value);
  insist(isBytes || isPlain, "a position is neither a value nor base64");
  return value as PositionValue;
}

export function horizonOf(answer: unknown): Horizon & { readonly memory?: unknown } {
  const horizon = group(answer, "horizon");
  positionOf(horizon["below"]);
  flag(horizon["exact"], "exact");
  const { because } = horizon;
  insist(
    because === undefined || (settleReasons as readonly unknown[]).includes(because),
    "because is none of the contract's reasons",
  );
  return horizon as unknown as Horizon & { readonly memory?: unknown };
}

export const maximumOf = (answer: unknown): PositionValue | null =>
  answer === null ? null : positionOf(answer);

export const isDuplicate = (answer: unknown): boolean => flag(answer, "duplicateKey");

export function costOf(answer: unknown): StatementCost | null {
  if (answer === null) return null;
  const { rows, index, sorts } = group(answer, "cost");
  return {
    rows: whole(rows, "rows"),
    index: index === null ? null : text(index, "index"),
    sorts: flag(sorts, "sorts"),
  };
}

/** What a program says of itself when it opens. */
export interface Hello {
  readonly protocol: unknown;
  readonly contract: unknown;
  readonly methods: ReadonlySet<string>;
  readonly concurrent: number;
}

export function helloOf(answer: unknown): Hello {
  const { protocol, contract, methods, concurrent = 1 } = group(answer, "open");
  const count = whole(concurrent, "concurrent");
  insist(count >= 1, "concurrent is less than 1");
  return { protocol, contract, methods: new Set(texts(methods, "methods")), concurrent: count };
}
