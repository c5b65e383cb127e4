import assert from "node:assert/strict";
import { QianzhiError } from "@qianzhi/sdk";
import type { ConformanceCase, ConformanceHarness, TestTable, TestType } from "../harness.ts";
import { calm, comparable, over, positionOf, readAll, withSource } from "../read.ts";

/** For each kind of column: what is described, read, paged through and found again. */
export function valueCases(harness: ConformanceHarness): readonly ConformanceCase[] {
  return harness.types.flatMap((type) => [
    exact(harness, type),
    absent(harness, type),
    ...(type.orderable
      ? [paged(harness, type), boundary(harness, type), found(harness, type)]
      : [refused(harness, type)]),
  ]);
}

function tableOf(harness: ConformanceHarness, type: TestType, rows: TestTable["rows"]): TestTable {
  return {
    name: "qz_value",
    key: ["id"],
    rows,
    columns: [
      { name: "id", type: harness.integer },
      { name: "v", type },
    ],
  };
}

const each = (type: TestType) => type.values.map(({ write }, at) => [String(at + 1), write]);

function exact(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: values arrive exactly, and the type is told`,
    protects: "a value that is rounded, cut or moved on the way is wrong at the platform for ever",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const table = tableOf(harness, type, each(type));
        const relation = await harness.createTable(table);
        const described = await source.describe(relation, calm());
        assert.equal(described.columns.find(({ name }) => name === "v")?.type, type.type);
        const rows = await readAll(source, over(relation, table, ["id"]));
        assert.deepEqual(
          comparable(rows.map((row) => [row[1]!])),
          comparable(type.values.map(({ read }) => [read])),
        );
      }),
  };
}

function absent(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: NULL is null`,
    protects: "an unknown value must not become a zero or an empty text",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const table = tableOf(harness, type, [["1", null]]);
        const relation = await harness.createTable(table);
        assert.deepEqual((await source.scan(over(relation, table, ["id"]), calm())).rows, [
          [1, null],
        ]);
      }),
  };
}

function paged(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: pages of every size in (value, id) order yield each row once, ties included`,
    protects: "a row between two pages would be lost",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const rows = [0, 1, 2].flatMap((copy) =>
          type.values.map(({ write }, at) => [String(copy * 1_000 + at), write]),
        );
        const table = tableOf(harness, type, rows);
        const relation = await harness.createTable(table);
        const request = over(relation, table, ["v", "id"]);
        const whole = comparable((await source.scan(request, calm())).rows);
        assert.equal(new Set(whole.map(([id]) => id)).size, rows.length);
        for (const pageRows of [2, 3, 4, rows.length - 1, rows.length]) {
          assert.deepEqual(
            comparable(await readAll(source, { ...request, pageRows })),
            whole,
            `pages of ${pageRows}`,
          );
        }
      }),
  };
}

function boundary(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: \`from\` and \`until\` split the rows at every value without overlap or gap`,
    protects: "a block of the diff index that misses a row reports it as deleted",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const table = tableOf(harness, type, each(type));
        const relation = await harness.createTable(table);
        const request = over(relation, table, ["v", "id"]);
        const { rows } = await source.scan(request, calm());
        const ids = async (part: Partial<typeof request>) =>
          (await source.scan({ ...request, ...part }, calm())).rows.map(([id]) => id);
        for (const [at, row] of rows.entries()) {
          const values = [positionOf(row[1]), positionOf(row[0])];
          const all = rows.map(([id]) => id);
          assert.deepEqual(await ids({ from: values }), all.slice(at), "from is inclusive");
          assert.deepEqual(
            await ids({ until: { values, inclusive: true } }),
            all.slice(0, at + 1),
            "until, inclusive",
          );
          assert.deepEqual(
            await ids({ until: { values, inclusive: false } }),
            all.slice(0, at),
            "until, exclusive",
          );
          const [cursor] = values;
          const below = await ids({ until: { values: [cursor!], inclusive: false } });
          const upTo = await ids({ until: { values: [cursor!], inclusive: true } });
          assert.ok(
            !below.includes(row[0]!) && upTo.includes(row[0]!),
            "a prefix of the order bounds the cursor alone",
          );
          assert.deepEqual(upTo.slice(0, below.length), below);
        }
      }),
  };
}

function found(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: each row is found by its value as key`,
    protects: "a deletion is confirmed by a point read; one that misses the row deletes it",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const table = tableOf(harness, type, each(type));
        const relation = await harness.createTable(table);
        const request = over(relation, table, []);
        const { rows } = await source.scan(request, calm());
        for (const row of rows) {
          const one = await source.scan(
            { ...request, keys: { columns: ["v"], values: [[positionOf(row[1])]] } },
            calm(),
          );
          assert.ok(one.rows.some(([id]) => id === row[0]));
          const both = { columns: ["v", "id"], values: [[positionOf(row[1]), positionOf(row[0])]] };
          assert.deepEqual(
            comparable((await source.scan({ ...request, keys: both }, calm())).rows),
            comparable([row]),
          );
        }
        const all = { columns: ["v"], values: rows.map((row) => [positionOf(row[1])]) };
        assert.equal(
          (await source.scan({ ...request, keys: all }, calm())).rows.length,
          rows.length,
        );
      }),
  };
}

function refused(harness: ConformanceHarness, type: TestType): ConformanceCase {
  return {
    name: `${type.name}: is refused as cursor or key`,
    protects: "a type without a dependable order loses rows between pages",
    needs: ["scan"],
    run: () =>
      withSource(harness, async (source) => {
        const table = tableOf(harness, type, each(type));
        const relation = await harness.createTable(table);
        await assert.rejects(
          source.scan(over(relation, table, ["v"]), calm()),
          isCode("QZ_CURSOR_TYPE"),
        );
      }),
  };
}

/** A check for `assert.rejects` that the error is ours and of this code. */
export function isCode(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(QianzhiError.is(error), `not a QianzhiError: ${String(error)}`);
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    return true;
  };
}
