import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QianzhiError, type ColumnRequest, type RawRow, type Source } from "@qianzhi/sdk";
import { carefulSource } from "../../src/care/careful-source.ts";
import { calm, sleepingWorld } from "./world.ts";

const columns: readonly ColumnRequest[] = [{ name: "id" }, { name: "xm" }];
const relation = { table: ["t"] };

/** A vendor's adapter whose rows no compiler has looked at, as the engine sees it. */
const handingOver = (row: unknown): Source => {
  const rows = [["1", "张三"], row] as readonly RawRow[];
  const source: Source = {
    probe: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
    describe: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
    scan: () => Promise.resolve({ rows, tied: 0, end: true }),
    async *list() {
      yield { rows };
    },
    changes: () =>
      Promise.resolve({
        changes: rows.map((each) => ({ op: "upsert", row: each })),
        position: 1,
        end: true,
      }),
    close: () => Promise.resolve(),
  };
  return carefulSource({
    source: () => source,
    kind: "./vendor",
    care: { note: () => undefined, rested: () => Promise.resolve() },
    world: sleepingWorld(),
    ready: () => Promise.resolve(),
  });
};

const reads: Readonly<Record<string, (source: Source) => Promise<unknown>>> = {
  scan: (source) => source.scan!({ relation, columns, order: ["id"], pageRows: 9 }, calm),
  async list(source) {
    for await (const page of source.list!(relation, columns, calm)) assert.ok(page.rows);
  },
  changes: (source) => source.changes!(relation, columns, 0, calm),
};

for (const [name, read] of Object.entries(reads))
  describe(`what an adapter hands over by ${name}`, () => {
    for (const [row, problem] of [
      [["2", undefined], /xm: undefined/],
      [["2", new Date(0)], /xm: Date/],
      [["2", { name: "李四" }], /xm: Object/],
      [[2n, "李四"], /id: bigint/],
      [["2"], /array of 2/],
      [["2", "李四", "500101"], /array of 2/],
      [{ id: "2", xm: "李四" }, /array of 2/],
      [null, /array of 2/],
    ] as const)
      it(`is refused where ${problem.source} is, and no value is told`, async () => {
        await assert.rejects(read(handingOver(row)), (error: unknown) => {
          assert.ok(QianzhiError.is(error), String(error));
          assert.equal(error.code, "QZ_ADAPTER_ROW");
          assert.match(error.message, problem);
          assert.doesNotMatch(error.message, /李四|500101/);
          return true;
        });
      });

    it("is taken where every value is a raw one", async () => {
      await read(handingOver([null, new Uint8Array(1)]));
      await read(handingOver([Number.NaN, true]));
    });
  });
