import assert from "node:assert/strict";
import type { ChangesPage } from "@qianzhi/sdk";
import { isCode } from "../expect.ts";
import { byKey, drain, openFeed, toEnd, type Feed } from "../feed.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import type { Need } from "../needs.ts";
import {
  calm,
  comparable,
  offering,
  pairs,
  rowsOf,
  throughJson,
  valued,
  withSource,
} from "../read.ts";
import { withSession } from "../sessions.ts";
import { testHost } from "../test-host.ts";
import type { TestTable } from "../test-type.ts";

/** The native feed of changes: what changed since a position, in the order of commits. */
export function changeFeedCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = pairs(harness, [], "qz_feed");
  const feed = (
    name: string,
    protects: string,
    also: readonly Need[],
    play: (feed: Feed) => Promise<void>,
  ): CaseBody => feedOf(table, { name, protects, also, play });
  const feedOf = (over: TestTable, { name, protects, also, play }: FeedCase): CaseBody => ({
    name,
    protects,
    needs: ["changes", "writes", ...also],
    run: () =>
      withSource(harness, ["changes"], async (source) =>
        withSession(harness, async (session) => {
          await play(await openFeed(source, await harness.createTable(over), over, session));
        }),
      ),
  });
  return [
    feed(
      "without a position there are no changes, and the position is that of now",
      "everything is read after the position was taken, so that nothing falls between",
      [],
      async ({ source, relation, columns, session, told }) => {
        await session.insert(table, ["1", "1"]);
        const start = await source.changes(relation, columns, undefined, calm());
        assert.deepEqual([start.changes, start.end], [[], true]);
        await session.insert(table, ["2", "2"]);
        assert.deepEqual(await told(throughJson(start.position), 1), [["upsert", 2, 2]]);
      },
    ),
    feed(
      "inserts, updates and deletes come in the order of their commits, a delete with its key alone",
      "an old value that overtakes a newer one stays for ever",
      [],
      async ({ start, session, ends }) => {
        await session.insert(table, ["1", "1"]);
        await session.insert(table, ["2", "2"]);
        await session.update(table, ["1", "11"]);
        await session.remove(table, "2");
        await session.insert(table, ["2", "22"]);
        // A feed may tell only the last state of a row: what counts is how each key ends.
        await ends(start, [
          ["upsert", 1, 11],
          ["upsert", 2, 22],
        ]);
        await session.remove(table, "1");
        await ends(start, [
          ["delete", 1, null],
          ["upsert", 2, 22],
        ]);
      },
    ),
    feed(
      "columns of a change come in the order of the request",
      "values under the wrong item",
      [],
      async ({ source, relation, start, session }) => {
        await session.insert(table, ["1", "10"]);
        const columns = ["c", "id", "c"].map((name) => ({ name }));
        const changes = await drain(
          (position) => source.changes(relation, columns, position, calm()),
          start,
          1,
        );
        assert.deepEqual(changes, [["upsert", 10, 1, 10]]);
      },
    ),
    feed(
      "the position of every page goes on where the page ended, after JSON as well",
      "changes between two pages",
      [],
      async ({ source, relation, columns, start, session, told }) => {
        for (let id = 1; id <= 30; id++) await session.insert(table, [String(id), "0"]);
        const whole = await told(start, 30);
        let position = start;
        for (let seen = 0, end = false; !end;) {
          assert.deepEqual(await told(position, 30 - seen), whole.slice(seen));
          const page: ChangesPage = await source.changes(relation, columns, position, calm());
          seen += page.changes.length;
          end = page.end && seen === whole.length;
          position = throughJson(page.position);
        }
        assert.deepEqual(await told(position, 0), [], "and after the last there is none");
      },
    ),
    feed(
      "a position is good again after a restart of the reader",
      "an agent that is updated",
      [],
      async ({ relation, columns, start, session }) => {
        await session.insert(table, ["1", "1"]);
        const another = offering(await harness.open(testHost()), ["changes"]);
        try {
          const changes = await drain(
            (at) => another.changes(relation, columns, at, calm()),
            start,
            1,
          );
          assert.deepEqual(changes, [["upsert", 1, 1]]);
        } finally {
          await another.close();
        }
      },
    ),
    feed(
      "where nothing changed nothing is told, and the position stays good",
      "an idle table that is read again and again",
      [],
      async ({ source, relation, columns, start, session, told }) => {
        let position = start;
        for (let poll = 0; poll < 3; poll++) {
          const page = await source.changes(relation, columns, position, calm());
          assert.deepEqual([page.changes, page.end], [[], true]);
          position = throughJson(page.position);
        }
        await session.insert(table, ["1", "1"]);
        assert.deepEqual(await told(position, 1), [["upsert", 1, 1]]);
      },
    ),
    feed(
      "changes of other tables are not told",
      "records of another resource, which may not be shared",
      [],
      async ({ start, session, told }) => {
        const other = pairs(harness, [], "qz_other");
        await harness.createTable(other);
        await session.insert(other, ["7", "7"]);
        await session.insert(table, ["1", "1"]);
        assert.deepEqual(await told(start, 1), [["upsert", 1, 1]]);
      },
    ),
    feed(
      "what is not committed is not told, what is rolled back never, and a late commit is told late",
      "a feed in the order of writes loses what commits behind its position",
      ["transactions"],
      async ({ source, relation, columns, start, session, told }) => {
        await session.begin!();
        await session.insert(table, ["1", "1"]);
        await withSession(harness, (quick) => quick.insert(table, ["2", "2"]));
        const read = (at: unknown) => source.changes(relation, columns, at, calm());
        await drain(read, start, 1);
        const first = await toEnd(read, start);
        assert.deepEqual(first.changes, [["upsert", 2, 2]]);
        await session.commit!();
        assert.deepEqual(await told(first.position, 1), [["upsert", 1, 1]]);
        await session.begin!();
        await session.insert(table, ["3", "3"]);
        await session.rollback!();
        await session.insert(table, ["4", "4"]);
        assert.deepEqual(await told(first.position, 2), [
          ["upsert", 1, 1],
          ["upsert", 4, 4],
        ]);
      },
    ),
    feed(
      "a position that the source has forgotten is QZ_CHANGES_LOST",
      "a gap in the feed that nobody notices",
      ["forgotten changes"],
      async ({ source, relation, columns, start, session }) => {
        await session.insert(table, ["1", "1"]);
        await harness.forgetChanges!();
        await session.insert(table, ["2", "2"]);
        await assert.rejects(
          source.changes(relation, columns, start, calm()),
          isCode("QZ_CHANGES_LOST"),
        );
      },
    ),
    feed(
      "a position that is not its own is QZ_CHANGES_LOST",
      "an adapter that was replaced by another kind goes on from nowhere",
      [],
      async ({ source, relation, columns }) => {
        for (const position of [{ another: "kind" }, "?", [0]])
          await assert.rejects(
            source.changes(relation, columns, position, calm()),
            isCode("QZ_CHANGES_LOST"),
          );
      },
    ),
    feed(
      "an aborted read of changes rejects with QZ_CANCELLED, and the next goes on",
      "a graceful stop in seconds",
      [],
      async ({ source, relation, columns, start, session, told }) => {
        await session.insert(table, ["1", "1"]);
        await assert.rejects(
          source.changes(relation, columns, start, AbortSignal.abort()),
          isCode("QZ_CANCELLED"),
        );
        assert.deepEqual(await told(start, 1), [["upsert", 1, 1]]);
      },
    ),
    {
      name: "changes of a missing table are QZ_TABLE_NOT_FOUND",
      protects: "the operator is told what to mend, and nothing counts as unchanged",
      needs: ["changes"],
      run: () =>
        withSource(harness, ["changes"], (source) =>
          assert.rejects(
            source.changes({ table: ["qz_no_such"] }, [{ name: "id" }], undefined, calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          ),
        ),
    },
    ...harness.types.map((type) => {
      const typed = { ...valued(harness, type, []), name: "qz_feed_value" };
      return feedOf(typed, {
        name: `${type.native}: changed values and NULL are told exactly`,
        protects: "a feed that writes values otherwise than a read does",
        also: [],
        async play({ start, session, told }) {
          for (const row of rowsOf(type)) await session.insert(typed, row);
          await session.insert(typed, ["0", null]);
          const expected = type.values.map(({ read }, at) => ["upsert", at + 1, read] as const);
          assert.deepEqual(
            (await told(start, expected.length + 1)).toSorted(byKey),
            comparable([["upsert", 0, null], ...expected]),
          );
        },
      });
    }),
  ];
}

interface FeedCase {
  readonly name: string;
  readonly protects: string;
  readonly also: readonly Need[];
  play(feed: Feed): Promise<void>;
}
