import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError, type AdapterHost, type Relation } from "@qianzhi/sdk";
import { defineSqlAdapter, unlisted, type SqlConnection } from "../src/index.ts";

const calm = new AbortController().signal;
const relation: Relation = { table: ["t"] };
const id = { name: "id", type: "integer", native: "INT", nullable: false } as const;

/** Over a driver that waits for ever once it is closed. */
function connection(): SqlConnection {
  let open = true;
  const unlessClosed = <T>(value: T): Promise<T> =>
    open ? Promise.resolve(value) : new Promise(() => {});
  return {
    source: "legacy",
    dialect: {
      quote: (name) => name,
      read: ({ name }) => ({ sql: name }),
      order: ({ name }) => ({
        sql: name,
        bind: () => ({ sql: "?", params: [] }),
        rawEquality: true,
      }),
      first: (statement) => statement,
    },
    query: () => unlessClosed([]),
    async *pages() {
      yield await unlessClosed([]);
    },
    now: () => unlessClosed("2026-12-01 12:00:00"),
    probe: () =>
      unlessClosed({ product: "P", version: "1", now: "2026-12-01 12:00:00", offset: "+08:00" }),
    discover: () => unlessClosed([]),
    describe: () => unlessClosed(unlisted([id], ["t"])),
    fault: () => new QianzhiError("QZ_QUERY_FAILED", {}),
    async close() {
      open = false;
    },
  };
}

test("a closed source is lost to every call, whatever its driver does then", async () => {
  const adapter = defineSqlAdapter<object>({
    kind: "any",
    optionsSchema: {},
    connect: async () => connection(),
  });
  const source = await adapter.open({}, { signal: calm, offset: "+08:00" } as AdapterHost);
  const request = { relation, columns: [id], order: ["id"], pageRows: 1 };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    probe: () => source.probe(calm),
    describe: () => source.describe(relation, calm),
    scan: () => source.scan!(request, calm),
    async list() {
      for await (const page of source.list!(relation, [id], calm)) void page;
    },
    maximum: () => source.maximum!(relation, "id", calm),
  };
  for (const call of Object.values(calls)) await call();
  await source.close();
  for (const [name, call] of Object.entries(calls))
    await assert.rejects(call, { code: "QZ_SOURCE_LOST" }, name);
});
