import assert from "node:assert/strict";
import { promptly } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  calm,
  firsts,
  ids,
  numbered,
  over,
  pairs,
  positionsOf,
  readAll,
  withSource,
  type Offering,
} from "../read.ts";
import { withSession } from "../sessions.ts";
import type { TestSession, TestTable } from "../test-type.ts";

/** Tables that change while they are read, and reads side by side. */
export function concurrencyCases(harness: ConformanceHarness): readonly CaseBody[] {
  /** Reads two rows, lets the table change, and reads on. */
  const between = (
    table: TestTable,
    order: readonly string[],
    change: (session: TestSession) => Promise<void>,
  ) =>
    withSource(harness, ["scan"], (source) =>
      withSession(harness, async (session) => {
        const request = { ...over(await harness.createTable(table), table, order), pageRows: 2 };
        const first = await source.scan(request, calm());
        await promptly(change(session), "the writer");
        const from = positionsOf(first.rows.at(-1)!, request);
        return {
          first: firsts(first.rows),
          rest: firsts(await readAll(source, { ...request, from })),
        };
      }),
    );
  const tens = ids(harness, [["10"], ["20"], ["30"], ["40"]]);
  return [
    {
      name: "rows added behind the position appear, rows added before it do not, and none comes twice",
      protects: "a table that grows while it is read",
      needs: ["scan", "writes"],
      run: async () => {
        const read = await between(tens, ["id"], async (session) => {
          await session.insert(tens, ["5"]);
          await session.insert(tens, ["25"]);
        });
        assert.deepEqual(read, { first: [10, 20], rest: [20, 25, 30, 40] });
      },
    },
    {
      name: "the row at a page's end that is deleted meanwhile takes no other with it",
      protects: "a table that shrinks while it is read",
      needs: ["scan", "writes"],
      run: async () => {
        const read = await between(tens, ["id"], async (session) => {
          await session.remove(tens, "20");
          await session.remove(tens, "10");
        });
        assert.deepEqual(read, { first: [10, 20], rest: [30, 40] });
      },
    },
    {
      name: "a row whose cursor moves ahead during the read is read again, not lost",
      protects: "rows that are updated while a poll reads them",
      needs: ["scan", "writes"],
      run: async () => {
        const table = pairs(harness, [
          ["1", "1"],
          ["2", "2"],
          ["3", "3"],
          ["4", "4"],
        ]);
        const read = await between(table, ["c", "id"], (session) =>
          session.update(table, ["1", "9"]),
        );
        assert.deepEqual(read, { first: [1, 2], rest: [2, 3, 4, 1] });
      },
    },
    {
      name: "what is not committed is not read",
      protects: "records that never came to be",
      needs: ["scan", "transactions"],
      run: () =>
        withSource(harness, ["scan"], (source) =>
          withSession(harness, async (session) => {
            const relation = await harness.createTable(tens);
            await session.begin!();
            await session.insert(tens, ["15"]);
            await session.remove(tens, "40");
            assert.deepEqual(await all(source, relation), [10, 20, 30, 40]);
            await session.rollback!();
            assert.deepEqual(await all(source, relation), [10, 20, 30, 40]);
          }),
        ),
    },
    {
      name: "what is committed during the read is in the pages that follow",
      protects:
        "a read that lives in an old snapshot holds the server's versions and misses what came",
      needs: ["scan", "transactions"],
      run: () =>
        withSource(harness, ["scan"], (source) =>
          withSession(harness, async (session) => {
            const relation = await harness.createTable(tens);
            await session.begin!();
            await session.insert(tens, ["35"]);
            const request = { ...over(relation, tens, ["id"]), pageRows: 2 };
            const first = await source.scan(request, calm());
            await session.commit!();
            const from = positionsOf(first.rows.at(-1)!, request);
            assert.deepEqual(firsts(await readAll(source, { ...request, from })), [20, 30, 35, 40]);
          }),
        ),
    },
    {
      name: "a reader keeps no writer waiting",
      protects: "the department's own users",
      needs: ["scan", "transactions"],
      run: async () => {
        const read = await between(tens, ["id"], async (session) => {
          await session.begin!();
          await session.update(tens, ["10"]);
          await session.remove(tens, "10");
          await session.commit!();
        });
        assert.deepEqual(read.rest, [20, 30, 40]);
      },
    },
    {
      name: "two scans at the same time on one source do not disturb each other",
      protects: "rows of one answer in another",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const table = ids(harness, numbered(50));
          const request = over(await harness.createTable(table), table, ["id"]);
          const [low, high] = await Promise.all([
            readAll(source, { ...request, pageRows: 3, until: { values: [25], inclusive: true } }),
            readAll(source, { ...request, pageRows: 4, from: [26] }),
          ]);
          assert.deepEqual(firsts([...low, ...high]), numbered(50).map(Number));
        }),
    },
  ];

  async function all(
    source: Offering<"scan">,
    relation: Awaited<ReturnType<typeof harness.createTable>>,
  ) {
    return firsts((await source.scan(over(relation, tens, ["id"]), calm())).rows);
  }
}
