import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineAdapter, QianzhiError, type Adapter, type Source } from "@qianzhi/sdk";
import { sourceCare } from "../../src/care/source-care.ts";
import { openSourcePool } from "../../src/run/source-pool.ts";
import { restless, sleepingWorld, sourceConfig } from "./world.ts";

/*
 * A vendor's adapter that forgets the signal: `systemctl stop` must not wait for it for ever, nor what else reads from
 * the source.
 */

const never = new Promise<never>(() => undefined);
const relation = { table: ["t"] };
const columns = [{ name: "id" }];
const request = { relation, columns, order: ["id"], pageRows: 9 };

function forgetful(change: Partial<Source> = {}, opening?: Promise<Source>) {
  const told: unknown[] = [];
  const world = {
    ...sleepingWorld(),
    // Long enough for whatever ends by itself.
    timers: { sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)) },
    log: { ...sleepingWorld().log, warn: (_: string, fields: unknown) => void told.push(fields) },
  };
  const calls: string[] = [];
  const source: Source = {
    probe: () => never,
    describe: () => never,
    scan: () => never,
    // eslint-disable-next-line require-yield
    async *list() {
      await never;
    },
    close: async () => void calls.push("close"),
    ...change,
  };
  const adapter = defineAdapter({
    kind: "fake",
    optionsSchema: {},
    open: () => opening ?? Promise.resolve(source),
  }) as Adapter;
  const config = sourceConfig({ adapter });
  const care = sourceCare(config, "Asia/Shanghai", world);
  return { pool: openSourcePool(config, care, world, restless), source, told, calls };
}

const cancelled = { code: "QZ_CANCELLED" };

describe("an adapter's call that goes on after it was cancelled is left behind", () => {
  const calls: Readonly<Record<string, (source: Source, signal: AbortSignal) => Promise<unknown>>> =
    {
      probe: (source, signal) => source.probe(signal),
      scan: (source, signal) => source.scan!(request, signal),
      async list(source, signal) {
        for await (const page of source.list!(relation, columns, signal)) assert.ok(page);
      },
    };
  for (const [operation, call] of Object.entries(calls))
    test(operation, async () => {
      const { pool, told, calls: made } = forgetful();
      const stop = new AbortController();
      const used = pool.use((source) => call(source, stop.signal), stop.signal);
      setImmediate(() => stop.abort());
      await assert.rejects(used, cancelled);
      assert.deepEqual(told, [{ kind: "fake", operation }]);
      assert.deepEqual(made, ["close"]);
    });

  test("open, and what opens after all is closed", async () => {
    let open = (_: Source): void => undefined;
    const opening = new Promise<Source>((resolve) => void (open = resolve));
    const { pool, source, told, calls: made } = forgetful({}, opening);
    const stop = new AbortController();
    const used = pool.use(() => Promise.resolve(), stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(used, cancelled);
    assert.deepEqual(told, [{ kind: "fake", operation: "open" }]);
    open(source);
    await new Promise(setImmediate);
    assert.deepEqual(made, ["close"]);
  });

  test("close, and the next reader has its turn", async () => {
    const { pool, told } = forgetful({
      scan: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
      close: () => never,
    });
    const calm = new AbortController().signal;
    const used = () => pool.use((source) => source.scan!(request, calm), calm);
    await assert.rejects(used(), { code: "QZ_SOURCE_LOST" });
    await assert.rejects(used(), { code: "QZ_SOURCE_LOST" });
    assert.equal(told.length, 2);
  });
});

test("an adapter whose functions are no async ones is read all the same", async () => {
  const answered: unknown = { product: "P" };
  const synchronous = (value: unknown) => value as Promise<never>;
  const { pool, told } = forgetful({
    probe: () => synchronous(answered),
    close: () => synchronous(undefined),
  });
  const calm = new AbortController().signal;
  assert.equal(await pool.use((source) => source.probe(calm), calm), answered);
  await pool.close();
  assert.deepEqual(told, []);
});

test("an adapter that fails to close, and not by a promise, keeps nobody waiting", async () => {
  const calm = new AbortController().signal;
  const { pool } = forgetful({
    scan: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
    close() {
      throw new Error("a vendor's");
    },
  });
  const used = () => pool.use((source) => source.scan!(request, calm), calm);
  await assert.rejects(used(), { code: "QZ_SOURCE_LOST" });
  await assert.rejects(used(), { code: "QZ_SOURCE_LOST" });
});
