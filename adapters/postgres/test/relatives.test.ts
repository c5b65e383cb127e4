import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../src/connect.ts";
import { describe, discover } from "../src/describe.ts";
import { probeServer } from "../src/probe.ts";
import type { ServerFacts } from "../src/session.ts";

/** A server that answers whatever it is asked by the same row. */
function recorded() {
  const asked: string[] = [];
  const answer = (sql: string): string[][] => {
    asked.push(sql);
    return [["public", "person", "r", "", "1", "16384"]];
  };
  const link = {
    texts: async (sql: string) => answer(sql),
    run: async ({ sql }: { sql: string }) => ({ rows: answer(sql), fields: [] }),
  } as unknown as Link;
  return { link, asked };
}

test("a relative that comes from PostgreSQL 9.2, as openGauss does, is asked in its grammar: it knows no empty SELECT list", async () => {
  const { link, asked } = recorded();
  await describe(link, { table: ["person"] }, "public");
  await discover(link, "public");
  await probeServer(link, {} as ServerFacts);
  assert.ok(asked.length > 4);
  for (const sql of asked) assert.doesNotMatch(sql, /SELECT\s+FROM/);
});
