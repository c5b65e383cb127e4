import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  defineAdapter,
  QianzhiError,
  type Adapter,
  type ScanRequest,
  type Source,
} from "@qianzhi/sdk";
import { sourceCare } from "../../src/care/source-care.ts";
import { parseWindow } from "../../src/care/time-window.ts";
import { openSourcePool, type Reader } from "../../src/run/source-pool.ts";
import { calm, restless, sleepingWorld, sourceConfig } from "./world.ts";

const hourMs = 3_600_000;
const page: ScanRequest = {
  relation: { table: ["t"] },
  columns: [{ name: "id" }],
  order: ["id"],
  pageRows: 1_000,
};
const reader: Reader = {
  pipeline: "p",
  pageRows: 1_000,
  atWindowEnd: "wait",
  progress: { answered: () => undefined },
};

/** A source whose scans take so long a row, and what was asked of it. */
function lending(
  options: { readonly windows?: readonly string[]; readonly msPerRow?: number } = {},
) {
  const world = sleepingWorld();
  const done: string[] = [];
  let opened = 0;
  const open = async (): Promise<Source> => {
    const number = (opened += 1);
    return {
      probe: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
      describe: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
      async scan({ pageRows }) {
        done.push(`scan ${pageRows} on ${number}`);
        world.ms += pageRows * (options.msPerRow ?? 0);
        return { rows: Array.from({ length: pageRows }, () => [1]), tied: 0, end: false };
      },
      async close() {
        done.push(`close ${number}`);
      },
    };
  };
  const adapter = defineAdapter({ kind: "fake", optionsSchema: {}, open }) as Adapter;
  const config = sourceConfig({ adapter, windows: (options.windows ?? []).map(parseWindow) });
  const care = sourceCare(config, "Asia/Shanghai", world);
  return { world, done, care, pool: openSourcePool(config, care, world, restless) };
}

const code = (expected: string) => (error: unknown) =>
  QianzhiError.is(error) && error.code === expected;

describe("a source that is lent to a pipeline", () => {
  it("is not even connected to outside its window", async () => {
    const { pool, done } = lending({ windows: ["08:00-09:00"] });
    await assert.rejects(
      pool.use(() => Promise.resolve(), calm, reader),
      code("QZ_OUTSIDE_WINDOW"),
    );
    assert.deepEqual(done, []);
  });

  it("answers a person who looks, at any time", async () => {
    const { pool, done } = lending({ windows: ["08:00-09:00"] });
    await pool.use((source) => source.scan!(page, calm), calm);
    assert.deepEqual(done, ["scan 1000 on 1"]);
  });

  it("gives its connection back when the window ends, and goes on with another when the next opens", async () => {
    const { pool, done, world } = lending({ windows: ["23:00-01:00"] });
    await pool.use(
      async (source) => {
        await source.scan!(page, calm);
        world.ms += hourMs;
        await source.scan!(page, calm);
      },
      calm,
      reader,
    );
    assert.equal(world.ms, 23 * hourMs);
    assert.deepEqual(done, ["scan 1000 on 1", "close 1", "scan 1000 on 2"]);
    await pool.use((source) => source.scan!(page, calm), calm, reader);
    assert.equal(done.at(-1), "scan 1000 on 2");
  });

  it("stops where the window ends when its user can go on from there", async () => {
    const { pool, world } = lending({ windows: ["23:00-01:00"] });
    const using = pool.use(
      async (source) => {
        world.ms += hourMs;
        await source.scan!(page, calm);
      },
      calm,
      { ...reader, atWindowEnd: "stop" },
    );
    await assert.rejects(using, code("QZ_OUTSIDE_WINDOW"));
  });

  it("opens nothing when the agent stops while it waits for the window", async () => {
    const { pool, world, done } = lending({ windows: ["23:00-01:00"] });
    const stop = new AbortController();
    const using = pool.use(
      async (source) => {
        await source.scan!(page, stop.signal);
        world.ms += hourMs;
        const { sleep } = world.timers;
        world.timers.sleep = (ms, signal) => (stop.abort(), sleep(ms, signal));
        await source.scan!(page, stop.signal);
      },
      stop.signal,
      reader,
    );
    await assert.rejects(using, code("QZ_CANCELLED"));
    assert.deepEqual(done, ["scan 1000 on 1", "close 1", "close 1"]);
  });

  it("is asked for shorter pages while it is slow, and reports what was asked of it", async () => {
    const { pool, done, care } = lending({ msPerRow: 1 });
    await pool.use(
      async (source) => {
        await source.scan!(page, calm);
        await source.scan!(page, calm);
        await source.scan!({ ...page, pageRows: 1 }, calm);
        await source.scan!({ ...page, keys: { columns: ["id"], values: [[1]] } }, calm);
      },
      calm,
      reader,
    );
    assert.deepEqual(done, ["scan 1000 on 1", "scan 501 on 1", "scan 1 on 1", "scan 1000 on 1"]);
    const { total, pageRows } = care.report();
    assert.deepEqual([total.statements, total.rows, total.busyMs], [4, 2_502, 2_502]);
    assert.deepEqual(pageRows, { p: 500 });
  });
});
