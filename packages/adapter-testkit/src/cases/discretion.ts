import assert from "node:assert/strict";
import { QianzhiError, type Relation } from "@qianzhi/sdk";
import { everythingSaid, isCode } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { calm, firsts, ids, numbered, over, valued, withSource, type Offering } from "../read.ts";

/** A value that stands for somebody's identity number. */
const canary = "qz-canary-41d9";

/** Nothing is written to the source, and nothing of it is told. */
export function discretionCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = ids(harness, numbered(20), "qz_written");
  const withCanary = (
    use: (source: Offering<"scan">, relation: Relation) => Promise<void>,
    log: string[] = [],
  ) =>
    withSource(
      harness,
      ["scan"],
      async (source) => {
        const rows = [["1", harness.quote!(canary)]];
        await use(source, await harness.createTable(valued(harness, harness.text!, rows)));
      },
      { onLog: (event, fields) => log.push(`${event} ${JSON.stringify(fields ?? {})}`) },
    );
  const request = (relation: Relation) => over(relation, { columns: [] }, []);
  const columns = [{ name: "id" }, { name: "v" }];
  const keepsQuiet = (error: unknown): true => {
    assert.ok(QianzhiError.is(error), `not a QianzhiError: ${String(error)}`);
    const said = everythingSaid(error);
    assert.ok(!said.includes(canary), said);
    return true;
  };
  return [
    {
      name: "nothing can be written through the source",
      protects: "the department's own data (I6)",
      needs: ["scan", "write attempt"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const relation = await harness.createTable(table);
          const query = await harness.writeAttempt!(table);
          await source
            .scan(
              { relation: { query }, columns: [{ name: "n" }], order: [], pageRows: 10 },
              calm(),
            )
            .catch((error: unknown) => assert.ok(QianzhiError.is(error), String(error)));
          const { rows } = await source.scan(over(relation, table, ["id"]), calm());
          assert.deepEqual(firsts(rows), numbered(20).map(Number), "the rows are still there");
        }),
    },
    {
      name: "an error that the source words with a value does not carry it",
      protects: "identity numbers in logs (I8)",
      needs: ["scan", "text", "leaky predicate"],
      run: () =>
        withCanary((source, relation) =>
          assert.rejects(
            source.scan(
              {
                ...request(relation),
                columns,
                order: ["v"],
                where: harness.leaky!("v"),
                from: [canary],
              },
              calm(),
            ),
            keepsQuiet,
          ),
        ),
    },
    {
      name: "an error does not carry the values of the position and the keys that were asked for",
      protects: "identity numbers as keys, in logs (I8)",
      needs: ["scan", "text"],
      run: () =>
        withCanary(async (source, relation) => {
          const missing = { ...request(relation), columns: [...columns, { name: "no_such" }] };
          for (const part of [
            { order: ["v"], from: [canary] },
            { order: ["v"], until: { values: [canary], inclusive: true } },
            { keys: { columns: ["v"], values: [[canary]] } },
          ])
            await assert.rejects(source.scan({ ...missing, ...part }, calm()), (error) => {
              isCode("QZ_COLUMN_NOT_FOUND")(error);
              return keepsQuiet(error);
            });
        }),
    },
    {
      name: "an adapter logs no value of the source",
      protects: "identity numbers in logs (I8)",
      needs: ["scan", "text"],
      run: async () => {
        const log: string[] = [];
        await withCanary(async (source, relation) => {
          const { rows } = await source.scan(
            { ...request(relation), columns, order: ["v", "id"] },
            calm(),
          );
          assert.equal(rows[0]?.[1], canary);
          await source
            .scan({ ...request(relation), columns: [{ name: "no_such" }] }, calm())
            .catch(() => undefined);
        }, log);
        assert.deepEqual(
          log.filter((line) => line.includes(canary)),
          [],
        );
      },
    },
  ];
}
