import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { QianzhiError, describeError, type Relation } from "@qianzhi/sdk";
import type {
  ConformanceCase,
  ConformanceHarness,
  Need,
  TestTable,
  WrongOption,
} from "../harness.ts";
import { calm, numbered, over, withSource } from "../read.ts";
import { isCode } from "./values.ts";

const tableOf = (harness: ConformanceHarness): TestTable => ({
  name: "qz_life",
  key: ["id"],
  rows: numbered(20),
  columns: [{ name: "id", type: harness.integer }],
});

/** Opening, failing, cancelling, closing; and that nothing is ever written. */
export function lifetimeCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  const table = tableOf(harness);
  const request = (relation: Relation) => over(relation, table, ["id"]);
  const wrong = (
    option: WrongOption & Need,
    code: string,
    protects: string,
    ...also: readonly string[]
  ): ConformanceCase => ({
    name: `a wrong ${option} is ${code}`,
    protects,
    needs: [option],
    run: () =>
      assert.rejects(
        async () => {
          await (await harness.openWrongly!(option)).close();
        },
        isCode(code, ...also),
      ),
  });
  return [
    wrong(
      "password",
      "QZ_SOURCE_AUTH",
      "a refused password is not hammered until the account locks",
    ),
    wrong("address", "QZ_SOURCE_UNREACHABLE", "a network that is down is tried again soon"),
    // A server may not tell an account without rights whether the database exists.
    wrong(
      "database",
      "QZ_DATABASE_NOT_FOUND",
      "the operator is told which name is wrong",
      "QZ_SOURCE_DENIED",
    ),
    {
      name: "a missing table, a missing column and a broken predicate have codes of their own",
      protects: "the operator is told what to mend",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          await assert.rejects(
            source.describe({ table: ["qz_no_such"] }, calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          );
          await assert.rejects(
            source.scan(request({ table: ["qz_no_such"] }), calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          );
          const columns = [{ name: "no_such" }];
          await assert.rejects(
            source.scan({ ...request(relation), columns }, calm()),
            isCode("QZ_COLUMN_NOT_FOUND"),
          );
          const where = "id > > 1";
          await assert.rejects(
            source.scan({ ...request(relation), where }, calm()),
            isCode("QZ_QUERY_FAILED"),
          );
          assert.equal(
            (await source.scan(request(relation), calm())).rows.length,
            20,
            "and the source still works",
          );
        }),
    },
    {
      name: "a column that is dropped between two pages is an error, never a value",
      protects: "a source that changes its shape during a read",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const wide: TestTable = {
            ...table,
            columns: [...table.columns, { name: "gone", type: harness.integer }],
            rows: numbered(5).map(([id]) => [id!, "1"]),
          };
          const relation = await harness.createTable(wide);
          const ask = { ...over(relation, wide, ["id"]), pageRows: 2 };
          await source.scan(ask, calm());
          await harness.createTable({ ...table, rows: numbered(5) });
          await assert.rejects(
            source.scan({ ...ask, from: [2] }, calm()),
            isCode("QZ_COLUMN_NOT_FOUND"),
          );
        }),
    },
    {
      name: "an aborted signal rejects with QZ_CANCELLED, and the source goes on working",
      protects: "a graceful stop in seconds",
      needs: ["scan"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          await assert.rejects(
            source.scan(request(relation), AbortSignal.abort()),
            isCode("QZ_CANCELLED"),
          );
          assert.equal((await source.scan(request(relation), calm())).rows.length, 20);
        }),
    },
    {
      name: "cancelling stops the statement on the server too, and the source goes on working",
      protects: "a production server that works on for a reader who has left",
      needs: ["scan", "slow statement"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          const slow = harness.slow!;
          const stop = new AbortController();
          const scan = source.scan(
            { relation: slow.relation, columns: [{ name: "n" }], order: [], pageRows: 1 },
            stop.signal,
          );
          const rejected = assert.rejects(scan, isCode("QZ_CANCELLED"));
          await until(async () => (await slow.running()) === 1);
          stop.abort();
          await rejected;
          await until(async () => (await slow.running()) === 0);
          assert.equal((await source.scan(request(relation), calm())).rows.length, 20);
        }),
    },
    {
      name: "a connection that the server ends is an error to reconnect after, for the call and all that follow",
      protects: "an agent that hangs or reads on from nothing after a restart of the server",
      needs: ["scan", "sever"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          await source.scan(request(relation), calm());
          await harness.sever!();
          for (let attempt = 0; attempt < 2; attempt++) {
            await assert.rejects(source.scan(request(relation), calm()), (error) => {
              assert.ok(QianzhiError.is(error) && error.recovery === "reconnect", String(error));
              return true;
            });
          }
        }),
    },
    {
      name: "closing twice is fine, and a closed source answers with a typed error",
      protects: "shutdown paths that meet",
      needs: ["scan"],
      run: async () => {
        const relation = await harness.createTable(table);
        const source = await harness.open();
        await Promise.all([source.close(), source.close()]);
        await source.close();
        await assert.rejects(source.scan!(request(relation), calm()), (error) =>
          QianzhiError.is(error),
        );
      },
    },
    {
      name: "a read that stops early leaves no connection behind",
      protects: "the server's connection limit",
      needs: ["scan", "connections"],
      run: async () => {
        const relation = await harness.createTable(table);
        const before = await harness.connections!();
        for (let round = 0; round < 3; round++) {
          await withSource(harness, (source) =>
            source.scan({ ...request(relation), pageRows: 2 }, calm()),
          );
        }
        await until(async () => (await harness.connections!()) <= before);
      },
    },
    {
      name: "opening gives up when the agent stops",
      protects: "a stop that waits for an address that does not answer",
      needs: [],
      run: () =>
        assert.rejects(async () => {
          await (await harness.open(AbortSignal.abort())).close();
        }, isCode("QZ_CANCELLED")),
    },
    {
      name: "nothing can be written through the source",
      protects: "the department's own data (I6)",
      needs: ["scan", "write attempt"],
      run: () =>
        withSource(harness, async (source) => {
          const relation = await harness.createTable(table);
          const query = await harness.writeAttempt!(relation);
          await source
            .scan(
              { relation: { query }, columns: [{ name: "n" }], order: [], pageRows: 10 },
              calm(),
            )
            .catch((error: unknown) => assert.ok(QianzhiError.is(error), String(error)));
          assert.equal((await source.scan(request(relation), calm())).rows.length, 20);
        }),
    },
    {
      name: "an error carries no value of the source",
      protects: "identity numbers in logs (I8)",
      needs: ["scan", "leaky predicate"],
      run: () =>
        withSource(harness, async (source) => {
          const text = harness.types.find(({ type, orderable }) => type === "text" && orderable)!;
          const leaky: TestTable = {
            name: "qz_leak",
            key: ["id"],
            rows: [["1", "'canary-value'"]],
            columns: [
              { name: "id", type: harness.integer },
              { name: "v", type: text },
            ],
          };
          const relation = await harness.createTable(leaky);
          const ask = {
            ...over(relation, leaky, ["v"]),
            where: harness.leaky!("v"),
            from: ["canary-value"],
          };
          await assert.rejects(source.scan(ask, calm()), (error) => {
            const said =
              JSON.stringify(describeError(error, "zh")) +
              inspect(error, { depth: 9, showHidden: true });
            assert.ok(QianzhiError.is(error) && !said.includes("canary"), said);
            return true;
          });
        }),
    },
  ];
}

/** Waits for something that the server does in its own time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (await holds()) return;
    await sleep(10);
  }
  assert.fail("what was waited for did not happen");
}
