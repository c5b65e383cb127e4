import assert from "node:assert/strict";
import { QianzhiError } from "@qianzhi/sdk";
import { leavesNothing, promptly, typedOnceClosed, until } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { flatMemory, rowsTable } from "../many-rows.ts";
import { calm, ids, numbered, over, positionsOf, withSource } from "../read.ts";
import { testHost } from "../test-host.ts";

/** The end of a source, and what must not be left of it. */
export function closingCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = ids(harness, numbered(20), "qz_feed");
  /** Opens, reads two rows of the table in whichever way there is, and closes. */
  const readABit = () =>
    withSource(harness, [], async (source) => {
      const relation = await harness.createTable(table);
      await source.probe(calm());
      if (source.scan !== undefined)
        await source.scan({ ...over(relation, table, ["id"]), pageRows: 2 }, calm());
      if (source.list !== undefined)
        for await (const page of source.list(relation, [{ name: "id" }], calm()))
          if (page.rows.length >= 0) break;
      if (source.changes !== undefined)
        await source.changes(relation, [{ name: "id" }], undefined, calm());
    });
  return [
    {
      name: "closing twice is fine, one after another and at once",
      protects: "shutdown paths that meet",
      needs: [],
      run: async () => {
        const source = await harness.open(testHost());
        await promptly(Promise.all([source.close(), source.close()]), "closing");
        await promptly(source.close(), "closing again");
      },
    },
    {
      name: "a closed source answers every call with a typed error",
      protects: "a pipeline that was not told of the shutdown",
      needs: [],
      run: async () => {
        const relation = await harness.createTable(table);
        const source = await harness.open(testHost());
        await source.close();
        await typedOnceClosed(source, relation);
      },
    },
    {
      name: "closing during a call ends both: the call with its answer or a typed error",
      protects: "a shutdown that waits for ever, or crashes",
      needs: [],
      run: async () => {
        const relation = await harness.createTable(table);
        const source = await harness.open(testHost());
        const call = source
          .describe(relation, calm())
          .then(() => undefined)
          .catch((error: unknown) => assert.ok(QianzhiError.is(error), String(error)));
        await promptly(Promise.all([source.close(), call]), "closing during a call");
      },
    },
    {
      name: "a read that stops early leaves no connection behind",
      protects: "the server's connection limit",
      needs: ["connections"],
      run: async () => {
        const before = await harness.connections!();
        for (let round = 0; round < 3; round++) await readABit();
        await until(async () => (await harness.connections!()) <= before, "connections are closed");
      },
    },
    {
      name: "a closed source leaves no timer, socket or handle that keeps the process alive",
      protects: "an agent that does not end, and resources that add up over reconnections",
      needs: [],
      run: () => leavesNothing(readABit),
    },
    {
      name: "a source whose connection was lost leaves none either",
      protects: "a process that hangs for minutes after the server was restarted",
      needs: ["sever"],
      run: () =>
        leavesNothing(() =>
          withSource(harness, [], async (source) => {
            await source.probe(calm());
            await harness.sever!();
            await source.probe(calm()).catch(() => undefined);
          }),
        ),
    },
    {
      name: "an adapter does not keep the pages it has handed over",
      protects: "memory that grows with the table (I7)",
      needs: ["scan", "text"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const rows = rowsTable(harness);
          await flatMemory(harness, async function* (relation) {
            const request = { ...over(relation, rows, ["id"]), pageRows: 2_000 };
            for (
              let from: Partial<typeof request> & { from?: ReturnType<typeof positionsOf> } = {};
              ;
            ) {
              const page = await source.scan({ ...request, ...from }, calm());
              yield { rows: page.rows.slice(page.tied) };
              if (page.end) return;
              from = { from: positionsOf(page.rows.at(-1)!, request) };
            }
          });
        }),
    },
  ];
}
