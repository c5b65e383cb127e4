import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseWindow } from "../../src/care/time-window.ts";
import { sourceCare } from "../../src/care/source-care.ts";
import { calm, sleepingWorld, sourceConfig } from "./world.ts";

const hourMs = 3_600_000;

function careOf(change: Parameters<typeof sourceConfig>[0] = {}) {
  const world = sleepingWorld();
  const care = sourceCare(sourceConfig(change), "Asia/Shanghai", world);
  /** One statement that takes so long, after the rest that comes before it; answers with that rest. */
  const ask = async (ms: number, rows = 0): Promise<number> => {
    const before = world.ms;
    await care.rested(calm);
    const restMs = world.ms - before;
    world.ms += ms;
    care.note({ ms, rows });
    return restMs;
  };
  return { world, care, ask };
}

describe("care for a source", () => {
  it("gives a source that answers within the target no rest", async () => {
    const { ask } = careOf();
    for (let time = 0; time < 10; time++) assert.equal(await ask(500, 10_000), 0);
  });

  it("leaves a slow source alone for as long as it took too long, a minute at most", async () => {
    const { ask } = careOf();
    await ask(10_500);
    assert.equal(await ask(100_500), 10_000);
    assert.equal(await ask(1), 60_000);
    assert.equal(await ask(1), 0);
  });

  it("counts a rest from the answer: whoever asks later waits less", async () => {
    const { world, ask } = careOf();
    await ask(3_500);
    world.ms += 2_000;
    assert.equal(await ask(1), 1_000);
  });

  it("keeps the mean of rows below the rate, whoever reads them", async () => {
    const { world, ask } = careOf({ maxRowsPerSecond: 1_000 });
    const start = world.ms;
    for (let page = 0; page < 20; page++) await ask(10, 5_000);
    await ask(0);
    const seconds = (world.ms - start) / 1_000;
    assert.ok(100_000 / seconds <= 1_000 * 1.02, `${100_000 / seconds} rows/s`);
  });

  it("ends a rest when the agent stops", async () => {
    const { world, care, ask } = careOf();
    await ask(60_000);
    const stop = new AbortController();
    stop.abort();
    const before = world.ms;
    await care.rested(stop.signal);
    assert.equal(world.ms, before);
  });

  it("waits for the window, looking at the clock meanwhile", async () => {
    const { world, care } = careOf({ windows: [parseWindow("01:00-02:00")] });
    assert.equal(care.closed()?.code, "QZ_OUTSIDE_WINDOW");
    assert.equal(care.closed()?.details["opens"], "2026-03-02T01:00:00+08:00");
    await care.opened(calm);
    assert.equal(world.ms, hourMs);
    assert.equal(care.closed(), undefined);
    assert.ok(Math.max(...world.slept) <= 30_000, "a clock that is set is noticed soon");
  });

  it("stops waiting for the window when the agent stops", async () => {
    const { world, care } = careOf({ windows: [parseWindow("01:00-02:00")] });
    const stop = new AbortController();
    const { sleep } = world.timers;
    world.timers.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      if (world.slept.length === 3) stop.abort();
    };
    await care.opened(stop.signal);
    assert.equal(world.slept.length, 3);
  });

  it("reports the load of the last hour and since the start", async () => {
    const { world, care, ask } = careOf();
    await ask(1_500, 10);
    await ask(500, 20);
    const { hour, total, startedAt } = care.report();
    assert.deepEqual(
      { ...total, elapsedMs: 0 },
      { statements: 2, rows: 30, busyMs: 2_000, slowRestMs: 1_000, rateRestMs: 0, elapsedMs: 0 },
    );
    assert.deepEqual(hour, total);
    assert.equal(startedAt, Date.parse("2026-03-02T00:00:00+08:00"));
    world.ms += hourMs;
    await ask(100, 5);
    const later = care.report();
    assert.deepEqual(
      [later.hour.statements, later.hour.rows, later.total.statements, later.total.rows],
      [1, 5, 3, 35],
    );
    assert.ok(later.hour.elapsedMs <= hourMs && later.hour.elapsedMs > hourMs - 60_000);
  });
});
