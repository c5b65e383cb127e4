import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { lacking, testType, type ProvideHarness, type TestTable } from "@qianzhi/adapter-testkit";
import registry from "../src/registry.ts";

const PAGE_ROWS = 500;
const integer = testType("integer", "integer", [
  ["0", 0],
  ["-7", -7],
  ["9007199254740993", "9007199254740993"],
]);
const text = testType("text", "text", [
  ["", ""],
  ["重庆", "重庆"],
  ["007", "007"],
]);

/** A registry of our own, as awkward as the one that the adapter is for. */
export const harness: ProvideHarness = async () => {
  const tables = new Map<string, TestTable>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://registry");
    const [, operation = "", name = ""] = pathname.split("/");
    const table = tables.get(decodeURIComponent(name));
    const answer = (body: unknown, status = 200) =>
      response.writeHead(status).end(JSON.stringify(body));
    if (operation === "about")
      return answer({
        version: "1.0",
        clock: new Date().toISOString().slice(0, 23).replace("T", " "),
      });
    if (table === undefined) return answer({}, 404);
    if (operation === "fields")
      return answer(
        table.columns.map((column) => ({ name: column.name, type: column.type.native })),
      );
    const at = (Number(searchParams.get("page")) - 1) * PAGE_ROWS;
    const rows = table.rows.slice(at, at + PAGE_ROWS);
    const named = rows.map((row) =>
      Object.fromEntries(table.columns.map(({ name: column }, place) => [column, row[place]])),
    );
    return answer({ rows: named, more: at + PAGE_ROWS < table.rows.length });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    open: (host) => registry.open({ url }, host),
    openWrongly: (_option, host) => registry.open({ url: "http://127.0.0.1:1/" }, host),
    async createTable(table) {
      tables.set(table.name, table);
      return { table: [table.name] };
    },
    integer,
    text,
    // What Node keeps of its last requests weighs less against more rows.
    manyRows: 300_000,
    quote: (value) => value,
    types: [integer, text],
    lacks: {
      ...lacking(
        "the registry hands out its rows in no order",
        "scan",
        "horizon",
        "maximum",
        "duplicateKey",
        "cost",
      ),
      ...lacking("the registry does not tell what has changed", "changes"),
      ...lacking("the registry lists no tables, and has one only", "discover", "database"),
      ...lacking("the registry speaks UTF-8", "bytes"),
      ...lacking("everybody may read the registry", "password"),
      ...lacking(
        "each page is a request of its own, with no connection to be lost between them",
        "sever",
        "connections",
      ),
      ...lacking("no page takes long", "slow statement"),
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
