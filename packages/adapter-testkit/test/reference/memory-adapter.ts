import { setImmediate as turn } from "node:timers/promises";
import {
  QianzhiError,
  type AdapterHost,
  type ColumnRequest,
  type ListPage,
  type Relation,
  type Source,
} from "@qianzhi/sdk";
import { kindOf } from "./kinds.ts";
import type { MemoryDatabase, StoredTable } from "./memory-database.ts";
import { denied, indexOf, predicate, read, scanTable } from "./memory-scan.ts";

const LIST_ROWS = 1_000;
const FEED_CHANGES = 7;

/** The reference adapter: it keeps every promise of the contract, over a database in memory. */
export async function openMemory(
  database: MemoryDatabase,
  host: AdapterHost,
  account: "reader" | "blind" = "reader",
): Promise<Source> {
  if (host.signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "open" });
  const connection = {};
  database.connections.add(connection);

  async function call<T>(
    operation: string,
    signal: AbortSignal,
    look: () => T | Promise<T>,
  ): Promise<T> {
    const alive = () => {
      if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation });
      if (!database.connections.has(connection))
        throw new QianzhiError("QZ_SOURCE_LOST", { source: "legacy" });
    };
    alive();
    await turn();
    alive();
    return look();
  }

  /** A table, a view or `SELECT * FROM name`. */
  function find(relation: Relation): StoredTable {
    const text = "table" in relation ? relation.table.at(-1)! : relation.query.replace(/--.*$/, "");
    const name =
      "table" in relation ? text : (/^SELECT \* FROM (\w+)[;\s]*$/.exec(text)?.[1] ?? "");
    const table = database.tables.get(name);
    if (table?.denied === "table") throw denied(name);
    if (table !== undefined) return table;
    const missing = "table" in relation ? "QZ_TABLE_NOT_FOUND" : "QZ_QUERY_FAILED";
    throw new QianzhiError(missing, { source: "legacy", operation: "read", name });
  }

  /** A statement that ends only when it is cancelled. */
  async function sleep(signal: AbortSignal): Promise<never> {
    database.slowStatements++;
    await new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    database.slowStatements--;
    throw new QianzhiError("QZ_CANCELLED", { operation: "scan" });
  }

  return {
    probe: (signal) =>
      call("probe", signal, () => ({
        product: "memory",
        version: "1",
        identity: "reference",
        now: database.now(host.offset),
        offset: host.offset,
      })),
    discover: (signal) =>
      call("discover", signal, () =>
        [...database.tables.values()].map(({ name, kind }) => ({ name: [name], kind })),
      ),
    describe: (relation, signal) =>
      call("describe", signal, () => {
        const { name, kind, columns, key } = find(relation);
        return {
          name: [name],
          kind,
          key,
          indexes: [],
          columns: columns.map((column) => ({
            name: column.name,
            type: column.type.type,
            native: column.type.native,
            nullable: !key.includes(column.name),
          })),
        };
      }),
    scan: (request, signal) =>
      call("scan", signal, () =>
        "query" in request.relation && request.relation.query === "SLEEP"
          ? sleep(signal)
          : scanTable(find(request.relation), request),
      ),
    async *list(
      relation: Relation,
      columns: readonly ColumnRequest[],
      signal: AbortSignal,
      where?: string,
    ): AsyncGenerator<ListPage> {
      if ("query" in relation && relation.query === "SLEEP") await sleep(signal);
      const table = await call("list", signal, () => find(relation));
      const indexes = columns.map(({ name }) => indexOf(table, name));
      const isListed = predicate(where);
      const rows = table.rows.filter((row) => isListed(row, table) === true);
      for (let at = 0; at < rows.length; at += LIST_ROWS)
        yield await call("list", signal, () => ({
          rows: rows
            .slice(at, at + LIST_ROWS)
            .map((row) => indexes.map((index) => read(table, row, index))),
        }));
      await call("list", signal, () => undefined);
    },
    changes: (relation, columns, position, signal) =>
      call("changes", signal, () => {
        const table = find(relation);
        const indexes = columns.map(({ name }) => indexOf(table, name));
        if (position === undefined)
          return { changes: [], position: { at: database.feed.length }, end: true };
        const at = (position as { at?: unknown } | null)?.at;
        if (typeof at !== "number" || at < database.forgotten)
          throw new QianzhiError("QZ_CHANGES_LOST", { name: table.name, pipeline: "" });
        const next = Math.min(at + FEED_CHANGES, database.feed.length);
        const changes = database.feed
          .slice(at, next)
          .filter((change) => change.table === table.name);
        return {
          changes: changes.map(({ op, row }) => ({ op, row: indexes.map((index) => row[index]!) })),
          position: { at: next },
          end: next === database.feed.length,
        };
      }),
    horizon: ({ relation, cursor, settleMs }, signal) =>
      call("horizon", signal, () => {
        const table = find(relation);
        const { name, type } = table.columns[indexOf(table, cursor)]!;
        const { fraction } = kindOf(type);
        if (fraction === undefined)
          throw new QianzhiError("QZ_CURSOR_TYPE", { column: name, type: type.native });
        const now = database.now(host.offset);
        if (account === "blind")
          return {
            below: earlier(now, settleMs),
            exact: false,
            because: "privilege",
            grant: "GRANT monitor",
          };
        const [oldest] = [...database.open].toSorted((a, b) => (a.since < b.since ? -1 : 1));
        if (oldest === undefined) return { below: now, exact: true };
        const { session, since } = oldest;
        return { below: since, exact: true, heldBy: { session, since } };
      }),
    maximum: (relation, column, signal) =>
      call("maximum", signal, () => {
        const table = find(relation);
        const values = table.rows
          .map((row) => row[indexOf(table, column)]!)
          .filter((value) => value !== null);
        const { compare } = kindOf(table.columns[indexOf(table, column)]!.type);
        return (values.toSorted(compare).at(-1) as string | undefined) ?? null;
      }),
    duplicateKey: (relation, key, signal) =>
      call("check the key", signal, () => {
        const table = find(relation);
        const keys = table.rows
          .map((row) => key.map((name) => row[indexOf(table, name)]))
          .filter((values) => !values.includes(null))
          .map((values) => JSON.stringify(values));
        return new Set(keys).size < keys.length;
      }),
    cost: (request, signal) =>
      call("cost", signal, () => {
        const { key, rows } = find(request.relation);
        const led = request.order[0] === key[0];
        return {
          rows: led ? request.pageRows : rows.length,
          index: led ? "primary" : null,
          sorts: !led,
        };
      }),
    async close() {
      database.connections.delete(connection);
    },
  };
}

function earlier(now: string, ms: number): string {
  const at = Date.parse(`${now.slice(0, 10)}T${now.slice(11, 23)}Z`) - ms;
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 23)}000`;
}
