import type { Clock, Log } from "../world/world.ts";
import type { KeptChanges } from "./kept-changes.ts";

/** The version of this contract. The agent refuses an adapter of another one with QZ_ADAPTER_CONTRACT. */
export const ADAPTER_CONTRACT = 1;

/**
 * The logical type of a source column, and the raw form in which an adapter hands its values over. Exactness is the
 * adapter's duty: no value passes through a JavaScript number that cannot hold it, no time through a `Date`.
 *
 * | type       | raw form                                                                        |
 * |------------|---------------------------------------------------------------------------------|
 * | `integer`  | number within ±(2^53−1), else a string of digits                                |
 * | `decimal`  | string of plain digits, `-12.50`                                                |
 * | `double`   | number                                                                          |
 * | `boolean`  | boolean                                                                         |
 * | `text`     | string, without the padding of fixed-length types; bytes that are no text in    |
 * |            | their charset as U+DC00–U+DCFF, one a byte, never as a replacement character    |
 * | `date`     | string `YYYY-MM-DD`, as stored (`0000-00-00` included)                          |
 * | `datetime` | string `YYYY-MM-DD HH:MM:SS[.f…]`, wall-clock as stored                         |
 * | `instant`  | string `YYYY-MM-DD HH:MM:SS[.f…]±HH:MM`                                         |
 * | `time`     | string `[-]HH…:MM:SS[.f…]`                                                      |
 * | `binary`   | Uint8Array                                                                      |
 * | `json`     | string, the JSON text                                                           |
 * | `geometry` | Uint8Array, EWKB                                                                |
 * | `other`    | string, whatever the server prints; readable, never a key or cursor             |
 */
export const columnTypes = [
  "integer",
  "decimal",
  "double",
  "boolean",
  "text",
  "date",
  "datetime",
  "instant",
  "time",
  "binary",
  "json",
  "geometry",
  "other",
] as const;
export type ColumnType = (typeof columnTypes)[number];

export type RawValue = string | number | boolean | null | Uint8Array;
/** Values in the order of `request.columns`. */
export type RawRow = readonly RawValue[];

/** A raw value that survives JSON: bytes are base64. Positions are made of these. */
export type PositionValue = string | number | boolean | { readonly base64: string };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** The type in the source's own words, `bigint(20) unsigned`. */
  readonly native: string;
  /** What an enumeration can hold, in its order, where `native` does not say it: a position may name what is renamed. */
  readonly labels?: readonly string[];
  readonly nullable: boolean;
  /** Digits in all and after the point, for `decimal`. */
  readonly precision?: number;
  readonly scale?: number;
  /** Fraction digits of the seconds that the column can hold (its resolution), for times. */
  readonly fraction?: number;
  /** Characters, for `text`; bytes, for `binary`. */
  readonly length?: number;
  /** The character set that the source declares, in its own words. */
  readonly charset?: string;
  readonly comment?: string;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** A table or view as `discover` lists it. `name` has one part, or several from the outside in: `["hr", "person"]`. */
export interface RelationSummary {
  readonly name: readonly string[];
  readonly kind: "table" | "view";
  readonly comment?: string;
  /** The source's own estimate; nothing is counted for it. */
  readonly estimatedRows?: number;
}

export interface RelationDescription extends RelationSummary {
  readonly columns: readonly Column[];
  /** Primary key columns in order; empty when there is none. */
  readonly key: readonly string[];
  readonly indexes: readonly Index[];
}

/** What a pipeline reads: a table or view by name, or a read-only query used as a derived table. */
export type Relation = { readonly table: readonly string[] } | { readonly query: string };

export interface ColumnRequest {
  readonly name: string;
  /** Hand over the stored bytes of a text column undecoded, since the declared charset is wrong. */
  readonly bytes?: boolean;
}

/** A bound in the order of `order`: a full row of order values, or the cursor alone as prefix. */
export interface Bound {
  readonly values: readonly PositionValue[];
  readonly inclusive: boolean;
}

export interface ScanRequest {
  readonly relation: Relation;
  readonly columns: readonly ColumnRequest[];
  /** Columns that order the read, a subset of `columns`: the cursor first, if there is one, then the key. Ascending. */
  readonly order: readonly string[];
  /** Rows at or after these values of `order`; without it, from the start. Always inclusive: see {@link ScanPage.tied}. */
  readonly from?: readonly PositionValue[];
  /** Rows up to this bound, compared by the source. `values` may be a prefix of `order`. */
  readonly until?: Bound;
  /** SQL predicate: rows that do not satisfy it are not returned. */
  readonly where?: string;
  /** SQL predicates that tell deleted rows, which are returned and marked: `deletedWhen` holds, or `keptWhen` does not. */
  readonly deletedWhen?: string;
  readonly keptWhen?: string;
  /** Only the rows with these values of the key columns. At most 500 keys; the order is not significant then. */
  readonly keys?: {
    readonly columns: readonly string[];
    readonly values: readonly (readonly PositionValue[])[];
  };
  /** Only rows in which one of these columns is NULL. Order and `from` are absent then. */
  readonly nulls?: readonly string[];
  /** At most this many rows are returned. */
  readonly pageRows: number;
}

export interface ScanPage {
  readonly rows: readonly RawRow[];
  /** How many of the leading rows compare equal to `from` by the source's own comparison. 0 without `from`. */
  readonly tied: number;
  /** One byte a row, 1 = deleted by `deletedWhen`/`keptWhen`. Absent when neither was asked. */
  readonly deleted?: Uint8Array;
  /** True when no row follows within the bounds. A page may be short without being the last. */
  readonly end: boolean;
}

export interface Probe {
  readonly product: string;
  readonly version: string;
  /** What tells this server from another or a restored one: uuid, timeline, resetlogs … */
  readonly identity?: string;
  /** The source's clock as the text of a `datetime` in the session's zone, microseconds where it can. */
  readonly now: string;
  /** `+08:00`: the zone in which `now` and zoneless times are read. */
  readonly offset: string;
  readonly charset?: string;
  /** False when the account could change data; `check` says so. Absent when it cannot be told. */
  readonly readOnly?: boolean;
  readonly readOnlyAccount?: boolean;
  /** Settings that leave the connection open to others, in the words of the configuration; `check` warns of each. */
  readonly exposedBy?: readonly string[];
  /** A replica or standby: no local view of commits is exact there. */
  readonly replica?: boolean;
}

/**
 * Why a source can only offer its own clock less a settle time: it never can (`unsupported`), the account may not see
 * other sessions (`privilege`), the server hides them from everybody (`hidden`), its listing was out of date (`stale`),
 * it is a replica or one of several nodes that write (`replica`), nobody has seen yet that its listing shows everybody
 * (`unproven`), or nothing is known of the time before (`first-poll`).
 */
export const settleReasons = [
  "unsupported",
  "privilege",
  "hidden",
  "stale",
  "replica",
  "unproven",
  "first-poll",
] as const;
export type SettleReason = (typeof settleReasons)[number];

/** The stamp below which no uncommitted change can still appear, as the cursor column's raw value. */
export interface Horizon {
  readonly below: PositionValue;
  /** False: only a settle time off the source's clock, for the reason in `because`. */
  readonly exact: boolean;
  /** Present when not exact. */
  readonly because?: SettleReason;
  /** With `privilege`: the statement that the DBA runs, ready to paste. */
  readonly grant?: string;
  /** Who keeps the horizon back: the session in the source's words, and since when by the source's clock. */
  readonly heldBy?: { readonly session: string; readonly since: string };
}

export interface HorizonRequest {
  readonly relation: Relation;
  readonly cursor: string;
  readonly settleMs: number;
  /** What the adapter returned as `memory` at the previous poll, after a journey through JSON; absent at the first. */
  readonly previous?: unknown;
}

/** What a statement would touch, by the source's own estimate; nothing is read for it. */
export interface StatementCost {
  /** Rows that the source expects to look at. */
  readonly rows: number;
  /** The index that leads to them; null when it reads the whole relation. */
  readonly index: string | null;
  /** The rows have to be sorted, so that a page costs as much as the whole read. */
  readonly sorts: boolean;
  /** The index that would spare it both, as the statement that a DBA runs. */
  readonly suggestion?: string;
}

/** A page of a complete, unordered read: 10,000 rows at most. */
export interface ListPage {
  readonly rows: readonly RawRow[];
}

export interface ChangesPage {
  readonly changes: readonly { readonly op: "upsert" | "delete"; readonly row: RawRow }[];
  /** Where to continue: JSON, opaque to the engine. A page that is not the last moves it. */
  readonly position: unknown;
  readonly end: boolean;
  /** What the source keeps for this reader until it goes on; absent where it costs the source nothing. */
  readonly kept?: KeptChanges;
}

/** What the engine lends to an adapter. Adapters neither retry nor read clocks, files or secrets on their own. */
export interface AdapterHost {
  /** The source's name in the configuration, for the words of errors. Absent in tests of an adapter alone. */
  readonly source?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Decodes bytes of a named charset; throws QZ_CHARSET_INVALID instead of inserting a replacement character. */
  decode(bytes: Uint8Array, charset: string): string;
  /** Aborts when the agent stops: `open` must give up promptly. */
  readonly signal: AbortSignal;
  /** `+08:00`: the offset of times without zone, from the source's configuration. */
  readonly offset: string;
}

/**
 * An open source. At least one of `scan`, `list` and `changes` must be there; what is absent the engine does without.
 * Every call takes a signal: on abort it rejects with QZ_CANCELLED promptly, and a statement on the server is stopped
 * too. Every error is a QianzhiError; after one with recovery `reconnect` the engine closes and opens again.
 */
export interface Source {
  /** Called at start, by `check`, and before each run. Cheap. */
  probe(signal: AbortSignal): Promise<Probe>;
  /** Called by `init` and `check` to list what can be read. */
  discover?(signal: AbortSignal): Promise<readonly RelationSummary[]>;
  /** Called before each run and by `check`: the columns of a table, view or query. QZ_TABLE_NOT_FOUND when absent. */
  describe(relation: Relation, signal: AbortSignal): Promise<RelationDescription>;
  /** One page of an ordered read, in the source's own comparison. Stateless: any page may be asked at any time. */
  scan?(request: ScanRequest, signal: AbortSignal): Promise<ScanPage>;
  /**
   * A complete, unordered read, in one statement where the source has statements. The engine stages it, and trusts it
   * only when it has ended. Read by mode replace, and in mode diff where there is no `scan`. `where` is an SQL predicate
   * that the rows satisfy: given to sources that have `scan` too, whose predicates it is one of.
   */
  list?(
    relation: Relation,
    columns: readonly ColumnRequest[],
    signal: AbortSignal,
    where?: string,
  ): AsyncIterable<ListPage>;
  /**
   * A native change feed: what changed since a position, in the order of commits; a delete has its key columns alone and
   * NULL elsewhere. Without a position: no changes, and the position of now, after which the engine reads everything.
   * QZ_CHANGES_LOST when the source no longer keeps what follows the position: the engine then reads everything again.
   */
  changes?(
    relation: Relation,
    columns: readonly ColumnRequest[],
    position: unknown,
    signal: AbortSignal,
  ): Promise<ChangesPage>;
  /** Called before the rows of each poll by a change column; its `memory` comes back with the next poll as `previous`. */
  horizon?(
    request: HorizonRequest,
    signal: AbortSignal,
  ): Promise<Horizon & { readonly memory?: unknown }>;
  /** Greatest value of a column, null when there is none. Called for cursors that are no times, and by `check`. */
  maximum?(relation: Relation, column: string, signal: AbortSignal): Promise<PositionValue | null>;
  /** First row twice or more in the key? Used by `check`; null when unique. Reads with a limit, may be slow. */
  duplicateKey?(relation: Relation, key: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Called by `check`: what one page of this scan would cost. Null when the source does not say. */
  cost?(request: ScanRequest, signal: AbortSignal): Promise<StatementCost | null>;
  /** Never throws, may be called twice. */
  close(): Promise<void>;
}

/** An adapter: options in, an open source out. */
export interface Adapter<Options = unknown> {
  readonly contract: number;
  /** The word in the configuration: `kind: mysql`. */
  readonly kind: string;
  /** JSON Schema 2020-12 of the options; checked before `open`. Properties named in `secretOptions` may be references. */
  readonly optionsSchema: Readonly<Record<string, unknown>>;
  readonly secretOptions?: readonly string[];
  open(options: Options, host: AdapterHost): Promise<Source>;
}

/** Declares an adapter of this contract version. */
export function defineAdapter<Options>(
  adapter: Omit<Adapter<Options>, "contract">,
): Adapter<Options> {
  return { contract: ADAPTER_CONTRACT, ...adapter };
}
