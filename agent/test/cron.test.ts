import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cronProblem, nextRun, normaliseCron } from "../src/scheduler/cron.ts";

const next = (expression: string, zone: string, after: string): string =>
  new Date(nextRun(expression, zone, Date.parse(after)) ?? Number.NaN).toISOString();

for (const [expression, zone, after, expected] of [
  ["*/10 * * * * *", "Asia/Shanghai", "2026-01-15T00:00:00.000Z", "2026-01-15T00:00:10.000Z"],
  ["*/10 * * * * *", "Asia/Shanghai", "2026-01-15T00:00:09.999Z", "2026-01-15T00:00:10.000Z"],
  ["0 30 2 * * *", "Asia/Shanghai", "2026-01-15T00:00:00Z", "2026-01-15T18:30:00.000Z"],
  ["0 0 0 1 1 *", "Asia/Shanghai", "2026-01-15T00:00:00Z", "2026-12-31T16:00:00.000Z"],
  ["0 0 12 L * *", "UTC", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00.000Z"],
  ["0 0 12 29 2 *", "UTC", "2026-02-01T00:00:00Z", "2028-02-29T12:00:00.000Z"],
  ["0 0 9 * * mon-fri", "Asia/Shanghai", "2026-01-16T02:00:00Z", "2026-01-19T01:00:00.000Z"],
  ["0 0 9 * * 7", "UTC", "2026-01-16T00:00:00Z", "2026-01-18T09:00:00.000Z"],
  // Summer time in Berlin begins on 29 March 2026 at 01:00 UTC and ends on 25 October at 01:00 UTC.
  ["0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00.000Z"],
  ["0 30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00.000Z"],
  ["0 30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00.000Z"],
  ["*/10 * * * * *", "Europe/Berlin", "2026-10-25T00:59:55Z", "2026-10-25T01:00:00.000Z"],
  ["*/10 * * * * *", "Europe/Berlin", "2026-03-29T00:59:55Z", "2026-03-29T01:00:00.000Z"],
] as const)
  test(`${expression} in ${zone} after ${after} is ${expected}`, () =>
    assert.equal(next(expression, zone, after), expected));

/** Kathmandu has kept its odd offset since 1986. */
const sinceItsOffset = fc.integer({ min: 600_000_000, max: 4_000_000_000 });

test("the next time is later, on the schedule, and the first that is", () => {
  const field = (maximum: number) => fc.integer({ min: 0, max: maximum }).map(String);
  fc.assert(
    fc.property(field(59), field(59), field(23), sinceItsOffset, (second, minute, hour, at) => {
      const expression = `${second} ${minute} ${hour} * * *`;
      const after = at * 1000;
      const found = nextRun(expression, "Asia/Kathmandu", after) ?? 0;
      const local = new Date(found + (5 * 60 + 45) * 60_000);
      assert.ok(found > after && found <= after + 86_400_000);
      assert.deepEqual(
        [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(String),
        [hour, minute, second],
      );
    }),
  );
});

test("five fields begin at minutes", () =>
  assert.equal(normaliseCron(" */5  * * * * "), "0 */5 * * * *"));

for (const [expression, problem] of [
  ["* * *", /six fields/],
  ["60 * * * * *", /wrong second field/],
  ["0 0 0 31 2 *", /day of ?[mM]onth|dayOfMonth|never/],
  ["0 0 0 15W * *", /cannot use 15W/],
  ["0 0 0 1 * 1", /programs disagree/],
  ["", /six fields/],
] as const)
  test(`"${expression}" is refused`, () => {
    const found = cronProblem(expression);
    assert.match(found?.en ?? "", problem);
    assert.match(found?.zh ?? "", /[\u4e00-\u9fff]/);
  });

test("an ordinary expression has no problem", () =>
  assert.equal(cronProblem("0 */5 8-18 * * mon-fri"), undefined));
