import {
  defineAdapter, QianzhiError,
  type Adapter, type AdapterHost, type Probe, type Relation, type RelationDescription, type RelationSummary, type ScanRequest,
  type Source,
} from "@qianzhi/sdk";
import type { Dialect, Fragment } from "./dialect.ts";
import { findColumn, fromClause, relationName } from "./relation.ts";
import { selectPage } from "./select-page.ts";
import { serially, type Serial } from "./serial-query.ts";
import { settleHorizon } from "./settle.ts";
import { takePage } from "./take-page.ts";

/** Rows as fresh arrays, which the caller may change; errors are the driver's own. */
export type Query = (statement: Fragment) => Promise<unknown[][]>;

/** What went wrong where, for the words of an error. */
export interface FaultContext {
  readonly operation: string;
  /** The relation concerned. */
  readonly name: string;
}

/** An open connection as an adapter supplies it; statements are run one at a time. */
export interface SqlConnection extends Serial {
  readonly dialect: Dialect;
  readonly query: Query;
  probe(): Promise<Probe>;
  discover(): Promise<readonly RelationSummary[]>;
  describe(relation: Relation): Promise<RelationDescription>;
  /** The driver's error as one of ours. It carries no value of the source. */
  fault(error: unknown, context: FaultContext): QianzhiError;
  /** Never throws. */
  close(): Promise<void>;
}

export interface SqlAdapterParts<Options> extends Omit<Adapter<Options>, "contract" | "open"> {
  connect(options: Options, host: AdapterHost): Promise<SqlConnection>;
}

/** An adapter for an SQL database: keyset pages, point reads, settle horizon and key check, over a connection's dialect. */
export function defineSqlAdapter<Options>(parts: SqlAdapterParts<Options>): Adapter<Options> {
  const { connect, ...description } = parts;
  return defineAdapter<Options>({
    ...description,
    open: async (options, host) => sqlSource(await connect(options, host)),
  });
}

function sqlSource(connection: SqlConnection): Source {
  const { dialect } = connection;
  const serial = serially(connection);
  const described = new Map<string, RelationDescription>();
  let closing: Promise<void> | undefined;

  async function run<T>(work: () => Promise<T>, operation: string, relation: Relation | undefined, signal: AbortSignal) {
    const name = relation === undefined ? "" : relationName(relation);
    try {
      return await serial(work, operation, signal);
    } catch (error) {
      const fault = QianzhiError.is(error) ? error : connection.fault(error, { operation, name });
      // The table may have changed: what is remembered of it is read again.
      if (fault.recovery !== "retry" && relation !== undefined) described.delete(JSON.stringify(relation));
      throw fault;
    }
  }

  async function describe(relation: Relation, signal: AbortSignal): Promise<RelationDescription> {
    const found = await run(() => connection.describe(relation), "describe", relation, signal);
    described.set(JSON.stringify(relation), found);
    return found;
  }

  const known = async (relation: Relation, signal: AbortSignal) =>
    described.get(JSON.stringify(relation)) ?? describe(relation, signal);

  return {
    probe: (signal) => run(() => connection.probe(), "probe", undefined, signal),
    discover: (signal) => run(() => connection.discover(), "discover", undefined, signal),
    describe,
    async scan(request: ScanRequest, signal) {
      const statement = selectPage(request, await known(request.relation, signal), dialect);
      const rows = await run(() => connection.query(statement), "scan", request.relation, signal);
      return takePage(rows, statement, request);
    },
    async horizon({ relation, cursor, settleMs }, signal) {
      const column = findColumn(await known(relation, signal), cursor);
      const { now } = await run(() => connection.probe(), "horizon", relation, signal);
      return settleHorizon(now, settleMs, column);
    },
    async duplicateKey(relation, key, signal) {
      const description = await known(relation, signal);
      if (isUnique(description, key)) return false;
      const parts = key.map((name) => dialect.order(findColumn(description, name), false).sql);
      const present = key.map((name) => `${dialect.quote(findColumn(description, name).name)} IS NOT NULL`);
      const text = `SELECT COUNT(*) FROM ${fromClause(relation, dialect)} WHERE ${present.join(" AND ")}` +
        ` GROUP BY ${parts.join(", ")} HAVING COUNT(*) > 1`;
      const statement = { sql: dialect.first(text, 1), params: [] };
      return (await run(() => connection.query(statement), "check the key of", relation, signal)).length > 0;
    },
    close: () => (closing ??= connection.close()),
  };
}

/** True when the key contains all columns of a unique index, so that nothing needs to be read. */
function isUnique(description: RelationDescription, key: readonly string[]): boolean {
  const within = (columns: readonly string[]) =>
    columns.length > 0 && columns.every((name) => key.some((part) => part.toLowerCase() === name.toLowerCase()));
  return within(description.key) || description.indexes.some((index) => index.unique && within(index.columns));
}
