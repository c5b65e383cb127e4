import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { filesOnDisk, openDatabase } from "@qianzhi/exchange";
import type { PositionValue, RawRow, Source } from "@qianzhi/sdk";
import { stageListing } from "../src/pipeline/stage-listing.ts";
import { openStagedRows, type StagedRows } from "../src/pipeline/staged-rows.ts";

const calm = new AbortController().signal;
const relation = { table: ["t"] };
const columns = [{ name: "id" }, { name: "v" }];

/** Reads a listing through its staged copy, in pages of a thousand. */
async function withStaged(
  pages: Iterable<readonly RawRow[]>,
  use: (scan: NonNullable<Source["scan"]>) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-staging-"));
  let copy: StagedRows | undefined;
  const never = (): never => assert.fail("not called");
  const staged = stageListing({
    source: {
      probe: never,
      describe: never,
      async *list() {
        for (const rows of pages) yield { rows };
      },
      close: async () => undefined,
    },
    relation,
    relationName: "t",
    columns,
    key: ["id"],
    sourceKey: ([id]) => JSON.stringify([id]),
    orderOf: (key) => createHash("sha256").update(key).digest().subarray(0, 16),
    staging: {
      async begin() {
        copy = await openStagedRows({
          directory,
          files: filesOnDisk,
          openDatabase,
          random: { bytes: (count) => randomBytes(count), fraction: () => 0 },
          maxBytes: 2 ** 30,
        });
        return copy;
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
  });
  try {
    await use(staged.scan!);
    await copy?.close();
    assert.deepEqual(await readdir(join(directory, "staging")), []);
  } finally {
    await copy?.close();
    await rm(directory, { recursive: true });
  }
}

async function* read(scan: NonNullable<Source["scan"]>): AsyncGenerator<readonly RawRow[]> {
  const request = { relation, columns, order: ["id"], pageRows: 1_000 };
  for (let from: readonly PositionValue[] | undefined; ;) {
    const page = await scan(from === undefined ? request : { ...request, from }, calm);
    yield page.rows.slice(page.tied);
    if (page.end) return;
    from = [page.rows.at(-1)![0] as PositionValue];
  }
}

test("values come out of a staged copy as they went in", () => {
  const values = ["", "重庆", "\udcd6\udcd8", "a\0b", 0.1, -5e-324, true, null, NaN, -Infinity];
  const rows = [...values, Uint8Array.of(0, 255), new Uint8Array()].map((v, id) => [id, v]);
  return withStaged([rows.slice(0, 5), [], rows.slice(5)], async (scan) => {
    const found: RawRow[] = [];
    for await (const page of read(scan)) found.push(...page);
    assert.deepEqual(
      found.toSorted(([one], [other]) => Number(one) - Number(other)),
      rows,
    );
  });
});

test("memory does not grow with a listing of 200,000 rows", () => {
  const TEXT = "x".repeat(200);
  let [staged, start] = [0, 0];
  function* pages(): Generator<readonly RawRow[]> {
    for (; staged < 200_000; staged += 1_000) {
      if (staged === 20_000) start = usedBytes();
      yield Array.from({ length: 1_000 }, (_, at) => [staged + at, TEXT + String(staged + at)]);
    }
  }
  return withStaged(pages(), async (scan) => {
    const ids = new Set<unknown>();
    for await (const page of read(scan)) for (const [id] of page) ids.add(id);
    assert.equal(ids.size, 200_000);
    ids.clear();
    const kept = usedBytes() - start;
    assert.ok(kept < 8_000_000, `${kept} bytes more are in use than after a tenth`);
  });
});

/** Bytes in use after everything that can be freed is. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
