import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { ChangesPage, Relation } from "@qianzhi/sdk";
import { until } from "./expect.ts";
import { calm, comparable, throughJson, type Offering } from "./read.ts";
import type { TestSession, TestTable } from "./test-type.ts";

/** A change in a form that compares: the operation, then the row. */
export type Told = readonly unknown[];

/** The feed of one table, from a position before anything was written. */
export interface Feed {
  readonly source: Offering<"changes">;
  readonly relation: Relation;
  readonly columns: readonly { readonly name: string }[];
  readonly session: TestSession;
  /** The position before anything was written. */
  readonly start: unknown;
  /** All changes since a position, once there are so many; a feed may be behind the writers for a moment. */
  told(position: unknown, count: number): Promise<readonly Told[]>;
  /** Waits until the last change of each key is this, in the order of keys. */
  ends(position: unknown, expected: readonly Told[]): Promise<void>;
}

export async function openFeed(
  source: Offering<"changes">,
  relation: Relation,
  table: TestTable,
  session: TestSession,
): Promise<Feed> {
  const columns = table.columns.map(({ name }) => ({ name }));
  const read = (position: unknown) => source.changes(relation, columns, position, calm());
  const { position } = await read(undefined);
  return {
    source,
    relation,
    columns,
    session,
    start: throughJson(position),
    told: (from, count) => drain(read, from, count),
    async ends(from, expected) {
      let last: readonly Told[] = [];
      await until(async () => {
        last = lastOf((await toEnd(read, from)).changes);
        return isDeepStrictEqual(last, expected);
      }, "the feed ends").catch(() => assert.deepEqual(last, expected));
    },
  };
}

type Read = (position: unknown) => Promise<ChangesPage>;

/** All changes since a position, once there are so many. */
export async function drain(read: Read, from: unknown, count: number): Promise<readonly Told[]> {
  let told: readonly Told[] = [];
  await until(async () => {
    told = (await toEnd(read, from)).changes;
    return told.length >= count;
  }, `the feed tells ${count} changes`);
  return told;
}

export async function toEnd(read: Read, from: unknown) {
  const changes: Told[] = [];
  for (let position = from, pages = 0; ; pages++) {
    assert.ok(pages < 10_000, "the feed comes to its end");
    const page = await read(position);
    changes.push(...page.changes.map(({ op, row }) => [op, ...comparable([row])[0]!]));
    position = throughJson(page.position);
    if (page.end) return { changes, position };
  }
}

/** The last change of each key, in the order of keys. */
function lastOf(changes: readonly Told[]): readonly Told[] {
  const last = new Map(changes.map((change) => [change[1], change]));
  return [...last.values()].toSorted(byKey);
}

export const byKey = (a: Told, b: Told) => Number(a[1]) - Number(b[1]);
