import {
  defineAdapter,
  QianzhiError,
  type Adapter,
  type AdapterHost,
  type Probe,
  type RawValue,
  type Relation,
  type RelationDescription,
  type ScanRequest,
  type Source,
} from "@qianzhi/sdk";
import { horizonBound, horizonMemory, type Activity } from "./horizon.ts";
import { pageCost } from "./page-cost.ts";
import { positionOf } from "./position.ts";
import { findColumn, fromClause, relationName } from "./relation.ts";
import { remembered } from "./remembered.ts";
import { selectAll, selectPage, type PageStatement } from "./select-page.ts";
import { serialPages } from "./serial-pages.ts";
import { serially } from "./serial-query.ts";
import { recentLook } from "./recent-look.ts";
import type { SqlConnection } from "./sql-connection.ts";
import { stampOf } from "./stamp.ts";
import { convertRows, isDoubtful, takePage } from "./take-page.ts";
import {
  fittingNext,
  isUnmeasured,
  isWide,
  takeWide,
  UNSEEN_ROWS,
  WIDE_ROWS,
} from "./wide-pages.ts";

export interface SqlAdapterParts<Options> extends Omit<Adapter<Options>, "contract" | "open"> {
  connect(options: Options, host: AdapterHost): Promise<SqlConnection>;
}

/** An adapter for an SQL database: keyset pages, listings, point reads, horizon and key check, over a connection's dialect. */
export function defineSqlAdapter<Options extends object>(
  parts: SqlAdapterParts<Options>,
): Adapter<Options> {
  const { connect, ...description } = parts;
  return defineAdapter<Options>({
    ...description,
    async open(options, host) {
      if (host.signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "connect" });
      return sqlSource(await connect(options, host), options, host);
    },
  });
}

interface RunContext {
  readonly operation: string;
  readonly relation?: Relation;
  readonly bound?: boolean;
}

function sqlSource(connection: SqlConnection, options: object, host: AdapterHost): Source {
  const { dialect, changes, cost, pages } = connection;
  const inTurn = serially(connection);
  const described = new Map<string, RelationDescription>();
  /** Rows of a relation whose values may have any size that fit in a page. */
  const fitting = new Map<string, number>();
  let closing: Promise<void> | undefined;

  /** A driver need not know what it closed: some would wait for ever. */
  const serial: typeof inTurn = (work, operation, signal) =>
    closing === undefined
      ? inTurn(work, operation, signal)
      : Promise.reject(new QianzhiError("QZ_SOURCE_LOST", { source: connection.source }));

  async function run<T>(
    work: () => Promise<T>,
    context: RunContext,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await serial(work, context.operation, signal);
    } catch (error) {
      throw faultOf(error, context);
    }
  }

  function faultOf(error: unknown, { relation, operation, bound = false }: RunContext) {
    const key = JSON.stringify(relation ?? null);
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
    return fault;
  }

  async function activity(): Promise<Activity> {
    const listed = await connection.activity?.();
    return (
      listed ?? { clock: await connection.now(), holders: [], doubt: { because: "unsupported" } }
    );
  }

  function refuseUncontained(relation: Relation, ...parts: readonly (string | undefined)[]): void {
    if (parts.some((sql) => sql !== undefined && connection.contained?.(sql) === false))
      throw new QianzhiError("QZ_QUERY_FAILED", {
        source: connection.source,
        operation: "scan",
        name: relationName(relation),
      });
  }

  async function describe(relation: Relation, signal: AbortSignal): Promise<RelationDescription> {
    if ("query" in relation) refuseUncontained(relation, relation.query);
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

  const server = remembered(() => connection.probe());
  const probe = async (): Promise<Probe> => ({
    ...(await server()),
    now: await connection.now(),
    offset: connection.offset ?? host.offset,
  });

  const known = async (relation: Relation, signal: AbortSignal) =>
    described.get(JSON.stringify(relation)) ?? describe(relation, signal);

  return {
    probe: (signal) => run(probe, { operation: "probe" }, signal),
    discover: (signal) => run(() => connection.discover(), { operation: "discover" }, signal),
    describe,
    async scan(request: ScanRequest, signal) {
      refuseUncontained(request.relation, request.where, request.deletedWhen, request.keptWhen);
      const description = await known(request.relation, signal);
      const key = JSON.stringify([request.relation, request.columns]);
      // Only whoever goes on behind the last row can do with fewer rows than asked for.
      const isPage = request.order.length > 0 && request.keys === undefined;
      const columns = isPage
        ? request.columns.map(({ name }) => findColumn(description, name))
        : [];
      const wide = columns.some(isWide) ? pages : undefined;
      const isMeasured = wide === undefined && columns.some(isUnmeasured);
      const fitted = wide !== undefined || isMeasured ? (fitting.get(key) ?? Infinity) : Infinity;
      // What the end of a table was like says nothing of its beginning.
      const isUnseen = isMeasured && (fitted === Infinity || request.from === undefined);
      const fits = isUnseen ? Math.min(fitted, UNSEEN_ROWS) : fitted;
      const asked = { ...request, pageRows: Math.min(request.pageRows, fits) };
      const read = (statement: PageStatement) => {
        const bound = statement.params.length > 0;
        const context = { operation: "scan", relation: request.relation, bound };
        const work = async () =>
          wide === undefined
            ? { rows: await connection.query(statement), cut: false }
            : takeWide(wide(statement, WIDE_ROWS));
        return run(work, context, signal);
      };
      const first = selectPage(asked, description, dialect);
      const found = await read(first);
      const isExact = !isDoubtful(found.rows, first);
      const statement = isExact ? first : selectPage(asked, description, dialect, true);
      const { rows, cut } = isExact ? found : await read(statement);
      // The next statement asks for what will fit, so that hardly any has to be stopped.
      if (isMeasured) fitting.set(key, fittingNext(fits, asked.pageRows, rows));
      else if (cut) fitting.set(key, rows.length);
      else if (asked.pageRows === fits) fitting.set(key, fits * 2);
      return takePage(rows, statement, asked, cut);
    },
    ...(pages === undefined
      ? {}
      : {
          async *list(relation, columns, signal, where) {
            refuseUncontained(relation, where);
            const description = await known(relation, signal);
            const request = { relation, columns, ...(where === undefined ? {} : { where }) };
            const statement = selectAll(request, description, dialect);
            const listed = columns.map(({ name }) => findColumn(description, name));
            const pageRows = listed.some(isWide)
              ? WIDE_ROWS
              : listed.some(isUnmeasured)
                ? UNSEEN_ROWS
                : undefined;
            const open = () => pages(statement, pageRows);
            try {
              for await (const rows of serialPages(serial, open, signal))
                yield { rows: convertRows(rows, statement) };
            } catch (error) {
              throw faultOf(error, { operation: "list", relation });
            }
          },
        }),
    async horizon({ relation, cursor, settleMs, previous }, signal) {
      const column = findColumn(await known(relation, signal), cursor);
      const context = { operation: "horizon", relation };
      const own = await run(async () => connection.ownHorizon?.(relation, column), context, signal);
      if (own !== undefined) return own;
      const { identity, replica } = await run(server, context, signal);
      const looking = {
        options,
        server: JSON.stringify([identity, replica]),
        atMs: host.clock.monotonic(),
        signal,
      };
      const listed = await recentLook(looking, () => run(activity, context, signal));
      const { bound, memory, ...horizon } = horizonBound(listed, horizonMemory(previous), settleMs);
      return {
        ...horizon,
        below: stampOf(bound, column, connection.offset ?? host.offset),
        memory,
      };
    },
    ...(changes === undefined
      ? {}
      : {
          async changes(relation, columns, position, signal) {
            const description = await known(relation, signal);
            return run(
              () => changes({ relation, description, columns, position }),
              { operation: "read the changes of", relation, bound: true },
              signal,
            );
          },
        }),
    ...(cost === undefined
      ? {}
      : {
          async cost(request, signal) {
            const { relation } = request;
            const description = await known(relation, signal);
            const statement = selectPage(request, description, dialect);
            const context = { operation: "estimate a page of", relation, bound: true };
            const plan = await run(() => cost(statement, description), context, signal);
            return plan && pageCost(plan, request, description, dialect);
          },
        }),
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
