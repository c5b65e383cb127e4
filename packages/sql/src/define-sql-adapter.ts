import {
  defineAdapter,
  QianzhiError,
  type Adapter,
  type AdapterHost,
  type PositionValue,
  type Probe,
  type RawValue,
  type Relation,
  type RelationDescription,
  type RelationSummary,
  type ScanRequest,
  type Source,
} from "@qianzhi/sdk";
import type { Dialect, Fragment } from "./dialect.ts";
import { horizonBound, horizonMemory, type Activity } from "./horizon.ts";
import { findColumn, fromClause, relationName } from "./relation.ts";
import { selectPage, type PageStatement } from "./select-page.ts";
import { serially, type Serial } from "./serial-query.ts";
import { stampOf } from "./stamp.ts";
import { isDoubtful, takePage } from "./take-page.ts";

/** Rows as fresh arrays, which the caller may change; errors are the driver's own. */
export type Query = (statement: Fragment) => Promise<unknown[][]>;

/** What went wrong where, for the words of an error. */
export interface FaultContext {
  readonly operation: string;
  /** The relation concerned, and the names of its columns where they are known. */
  readonly name: string;
  readonly columns?: readonly string[];
  /** The statement carried values, which a database may quote back in its message. */
  readonly bound?: boolean;
}

/** An open connection as an adapter supplies it; statements are run one at a time. */
export interface SqlConnection extends Serial {
  /** What errors call the source. */
  readonly source: string;
  readonly dialect: Dialect;
  readonly query: Query;
  /** The source's clock, as `Probe.now`. */
  now(): Promise<string>;
  /** Who may hold stamps that are not visible yet. Absent where the source cannot tell: settle time alone then. */
  activity?(): Promise<Activity>;
  probe(): Promise<Probe>;
  discover(): Promise<readonly RelationSummary[]>;
  /** Undefined when there is no such table or view. */
  describe(relation: Relation): Promise<RelationDescription | undefined>;
  /** The driver's error as one of ours. It carries no value of the source. */
  fault(error: unknown, context: FaultContext): QianzhiError;
  /** Never throws. */
  close(): Promise<void>;
}

export interface SqlAdapterParts<Options> extends Omit<Adapter<Options>, "contract" | "open"> {
  connect(options: Options, host: AdapterHost): Promise<SqlConnection>;
}

/** An adapter for an SQL database: keyset pages, point reads, horizon and key check, over a connection's dialect. */
export function defineSqlAdapter<Options>(parts: SqlAdapterParts<Options>): Adapter<Options> {
  const { connect, ...description } = parts;
  return defineAdapter<Options>({
    ...description,
    async open(options, host) {
      if (host.signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "connect" });
      return sqlSource(await connect(options, host), host);
    },
  });
}

interface RunContext {
  readonly operation: string;
  readonly relation?: Relation;
  readonly bound?: boolean;
}

/** Pipelines that poll within this time share one look at the sessions: an older bound is as true, and asks less. */
const ACTIVITY_SHARED_MS = 500;

function sqlSource(connection: SqlConnection, host: AdapterHost): Source {
  const { dialect } = connection;
  const serial = serially(connection);
  const described = new Map<string, RelationDescription>();
  let closing: Promise<void> | undefined;

  async function run<T>(
    work: () => Promise<T>,
    context: RunContext,
    signal: AbortSignal,
  ): Promise<T> {
    const { relation, operation, bound = false } = context;
    const key = JSON.stringify(relation ?? null);
    try {
      return await serial(work, operation, signal);
    } catch (error) {
      const columns = described.get(key)?.columns.map(({ name }) => name);
      const name = relation === undefined ? "" : relationName(relation);
      const fault = QianzhiError.is(error)
        ? error
        : connection.fault(error, {
            operation,
            name,
            bound,
            ...(columns === undefined ? {} : { columns }),
          });
      // The table may have changed: what is remembered of it is read again.
      if (fault.recovery !== "retry") described.delete(key);
      throw fault;
    }
  }

  let latest: { readonly atMs: number; readonly activity: Activity } | undefined;

  async function activity(): Promise<Activity> {
    const listed = await connection.activity?.();
    return (
      listed ?? { clock: await connection.now(), holders: [], doubt: { because: "unsupported" } }
    );
  }

  async function recentActivity(relation: Relation, signal: AbortSignal): Promise<Activity> {
    const atMs = host.clock.monotonic();
    const age = atMs - (latest?.atMs ?? atMs);
    if (latest !== undefined && age > 0 && age < ACTIVITY_SHARED_MS) return latest.activity;
    latest = {
      atMs,
      activity: await run(activity, { operation: "horizon", relation }, signal),
    };
    return latest.activity;
  }

  async function describe(relation: Relation, signal: AbortSignal): Promise<RelationDescription> {
    const found = await run(
      () => connection.describe(relation),
      { operation: "describe", relation },
      signal,
    );
    if (found === undefined) {
      throw new QianzhiError("QZ_TABLE_NOT_FOUND", {
        source: connection.source,
        name: relationName(relation),
      });
    }
    described.set(JSON.stringify(relation), found);
    return found;
  }

  const known = async (relation: Relation, signal: AbortSignal) =>
    described.get(JSON.stringify(relation)) ?? describe(relation, signal);

  return {
    probe: (signal) => run(() => connection.probe(), { operation: "probe" }, signal),
    discover: (signal) => run(() => connection.discover(), { operation: "discover" }, signal),
    describe,
    async scan(request: ScanRequest, signal) {
      const description = await known(request.relation, signal);
      const read = (statement: PageStatement) => {
        const bound = statement.params.length > 0;
        const context = { operation: "scan", relation: request.relation, bound };
        return run(() => connection.query(statement), context, signal);
      };
      const statement = selectPage(request, description, dialect);
      const rows = await read(statement);
      if (!isDoubtful(rows, statement)) return takePage(rows, statement, request);
      const exact = selectPage(request, description, dialect, true);
      return takePage(await read(exact), exact, request);
    },
    async horizon({ relation, cursor, settleMs, previous }, signal) {
      const column = findColumn(await known(relation, signal), cursor);
      const listed = await recentActivity(relation, signal);
      const { bound, memory, ...horizon } = horizonBound(listed, horizonMemory(previous), settleMs);
      return { ...horizon, below: stampOf(bound, column, host.offset), memory };
    },
    async maximum(relation, name, signal) {
      const column = findColumn(await known(relation, signal), name);
      const { sql, convert } = dialect.read(column, false);
      const present = column.nullable ? ` WHERE ${dialect.quote(column.name)} IS NOT NULL` : "";
      const text =
        `SELECT ${sql} FROM ${fromClause(relation, dialect)}${present}` +
        ` ORDER BY ${dialect.order(column, false).sql} DESC`;
      const [[value] = []] = await run(
        () => connection.query({ sql: dialect.first(text, 1), params: [] }),
        { operation: "read the greatest value of", relation },
        signal,
      );
      if (value === undefined || value === null) return null;
      return positionOf(convert === undefined ? (value as RawValue) : convert(value));
    },
    async duplicateKey(relation, key, signal) {
      const description = await known(relation, signal);
      if (isUnique(description, key)) return false;
      const parts = key.map((name) => dialect.order(findColumn(description, name), false).sql);
      const present = key.map(
        (name) => `${dialect.quote(findColumn(description, name).name)} IS NOT NULL`,
      );
      const text =
        `SELECT COUNT(*) FROM ${fromClause(relation, dialect)} WHERE ${present.join(" AND ")}` +
        ` GROUP BY ${parts.join(", ")} HAVING COUNT(*) > 1`;
      const statement = { sql: dialect.first(text, 1), params: [] };
      const found = await run(
        () => connection.query(statement),
        { operation: "check the key of", relation },
        signal,
      );
      return found.length > 0;
    },
    close: () => (closing ??= connection.close()),
  };
}

/** True when the key contains all columns of a unique index, so that nothing needs to be read. */
function isUnique(description: RelationDescription, key: readonly string[]): boolean {
  const within = (columns: readonly string[]) =>
    columns.length > 0 &&
    columns.every((name) => key.some((part) => part.toLowerCase() === name.toLowerCase()));
  return (
    within(description.key) ||
    description.indexes.some((index) => index.unique && within(index.columns))
  );
}

const positionOf = (value: RawValue): PositionValue | null =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;
