import assert from "node:assert/strict";
import { test } from "node:test";
import { defineAdapter, QianzhiError, type Adapter, type Source, type World } from "@qianzhi/sdk";
import { sourceCare } from "../src/care/source-care.ts";
import type { SourceConfig } from "../src/config/site-config.ts";
import { openSourcePool } from "../src/run/source-pool.ts";

const never = new AbortController().signal;
const silent = () => undefined;

function worldAt(at: { ms: number }): World {
  return {
    clock: { now: () => at.ms, monotonic: () => at.ms },
    timers: { sleep: () => Promise.resolve() },
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
}

const openPool = (config: SourceConfig, world: World) =>
  openSourcePool(config, sourceCare(config, "Asia/Shanghai", world), world);

const sourceOf = (
  open: () => Promise<Pick<Source, "close">>,
  maxConnections: number,
): SourceConfig => ({
  name: "legacy",
  kind: "fake",
  adapter: defineAdapter({ kind: "fake", optionsSchema: {}, open: open as never }) as Adapter,
  options: {},
  offset: "+08:00",
  maxConnections,
  windows: [],
  statementTargetMs: 500,
});

test("a refused password is tried once, however many pipelines want the source, and again after a rest", async () => {
  let tries = 0;
  const at = { ms: 0 };
  const config = sourceOf(async () => {
    tries += 1;
    throw new QianzhiError("QZ_SOURCE_AUTH", { source: "legacy" });
  }, 4);
  const pool = openPool(config, worldAt(at));
  const use = () => pool.use(() => Promise.resolve(), never).catch((error: unknown) => error);
  const errors = await Promise.all(Array.from({ length: 10 }, use));
  assert.ok(errors.every((error) => QianzhiError.is(error) && error.code === "QZ_SOURCE_AUTH"));
  assert.equal(tries, 1);
  at.ms += 14 * 60_000;
  await use();
  assert.equal(tries, 1);
  at.ms += 60_000;
  await use();
  assert.equal(tries, 2);
});

test("a source that cannot be closed gives its place free", async () => {
  const config = sourceOf(
    async () => ({ close: () => Promise.reject(new Error("the driver is confused")) }),
    1,
  );
  const pool = openPool(config, worldAt({ ms: 0 }));
  const failing = pool.use(() => Promise.reject(new Error("first")), never);
  await assert.rejects(failing, (error: unknown) => QianzhiError.is(error));
  assert.equal(await pool.use(() => Promise.resolve("second"), never), "second");
  await pool.close();
});
