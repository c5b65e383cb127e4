import assert from "node:assert/strict";
import { isCode } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  calm,
  comparable,
  firsts,
  over,
  positionOf,
  readAll,
  rowsOf,
  valued,
  withSource,
} from "../read.ts";
import type { TestType } from "../test-type.ts";

/** For each kind of column: what is described, read, paged through and found again. */
export function typeCases(harness: ConformanceHarness): readonly CaseBody[] {
  return harness.types.flatMap((type) => [
    exact(harness, type),
    absent(harness, type),
    ...(type.orderable
      ? [paged(harness, type), boundary(harness, type), found(harness, type)]
      : [refused(harness, type)]),
  ]);
}

function exact(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: values arrive exactly, and the type is told`,
    protects: "a value that is rounded, cut or moved on the way is wrong at the platform for ever",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const table = valued(harness, type, rowsOf(type));
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

function absent(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: NULL is null`,
    protects: "an unknown value must not become a zero or an empty text",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const table = valued(harness, type, [["1", null]]);
        const relation = await harness.createTable(table);
        assert.deepEqual((await source.scan(over(relation, table, ["id"]), calm())).rows, [
          [1, null],
        ]);
      }),
  };
}

function paged(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: pages of every size in (value, id) order yield each row once, ties included`,
    protects: "a row between two pages would be lost",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const rows = [0, 1, 2].flatMap((copy) =>
          type.values.map(({ write }, at) => [String(copy * 1_000 + at), write]),
        );
        const table = valued(harness, type, rows);
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

function boundary(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: \`from\` and \`until\` split the rows at every value without overlap or gap`,
    protects: "a block of the diff index that misses a row reports it as deleted",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const table = valued(harness, type, rowsOf(type));
        const relation = await harness.createTable(table);
        const request = over(relation, table, ["v", "id"]);
        const { rows } = await source.scan(request, calm());
        const read = async (part: Partial<typeof request>) =>
          firsts((await source.scan({ ...request, ...part }, calm())).rows);
        const all = firsts(rows);
        for (const [at, row] of rows.entries()) {
          const values = [positionOf(row[1]), positionOf(row[0])];
          const upTo = (inclusive: boolean) => read({ until: { values, inclusive } });
          assert.deepEqual(await read({ from: values }), all.slice(at), "from is inclusive");
          assert.deepEqual(await upTo(true), all.slice(0, at + 1), "until, inclusive");
          assert.deepEqual(await upTo(false), all.slice(0, at), "until, exclusive");
        }
      }),
  };
}

function found(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: each row is found by its value as key`,
    protects: "a deletion is confirmed by a point read; one that misses the row deletes it",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const table = valued(harness, type, rowsOf(type));
        const relation = await harness.createTable(table);
        const request = over(relation, table, []);
        const { rows } = await source.scan(request, calm());
        const read = async (columns: readonly string[], picked: typeof rows) => {
          const values = picked.map((row) =>
            columns.map((name) => positionOf(row[name === "v" ? 1 : 0])),
          );
          return (await source.scan({ ...request, keys: { columns, values } }, calm())).rows;
        };
        for (const row of rows) {
          assert.ok(firsts(await read(["v"], [row])).includes(row[0]!));
          assert.deepEqual(comparable(await read(["v", "id"], [row])), comparable([row]));
        }
        assert.equal((await read(["v"], rows)).length, rows.length);
      }),
  };
}

function refused(harness: ConformanceHarness, type: TestType): CaseBody {
  return {
    name: `${type.native}: is refused as cursor or key`,
    protects: "a type without a dependable order loses rows between pages",
    needs: ["scan"],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        const table = valued(harness, type, rowsOf(type));
        const relation = await harness.createTable(table);
        await assert.rejects(
          source.scan(over(relation, table, ["v"]), calm()),
          isCode("QZ_CURSOR_TYPE"),
        );
      }),
  };
}
