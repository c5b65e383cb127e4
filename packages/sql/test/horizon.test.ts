import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { horizonBound, horizonMemory, type Activity, type HorizonMemory } from "../src/horizon.ts";
import { activityOf, clockText, SessionModel, steps, type Engine } from "./session-model.ts";

const SETTLE_MS = 1000;

/** Polls in three moments, between which the sessions go on: the clock, the statements, the transactions. */
function* polls(model: SessionModel): Generator<void, never> {
  let memory: HorizonMemory | undefined;
  /** What the polls so far have called settled. */
  let settled = "";
  for (;;) {
    const clock = model.nowMs;
    yield;
    const statements = model.statements();
    yield;
    const listed = activityOf(clock, [...statements, ...model.transactions()]);
    const poll = horizonBound(listed, memory, SETTLE_MS);
    assert.ok(poll.bound <= clockText(clock));
    if (poll.exact && poll.bound > settled) settled = poll.bound;
    memory = horizonMemory(JSON.parse(JSON.stringify(poll.memory)));
    none(model, settled);
    yield;
  }
}

function none(model: SessionModel, settled: string): void {
  for (const { stamp } of model.hidden)
    assert.ok(clockText(stamp) >= settled, `${clockText(stamp)} is hidden below ${settled}`);
}

const histories = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ session: fc.nat(3), step: fc.constantFrom(...steps) }) },
    { weight: 1, arbitrary: fc.constant("poll" as const) },
  ),
  { maxLength: 150, size: "max" },
);

for (const engine of ["tells statements", "tells transactions"] as const satisfies Engine[])
  describe(`an engine that ${engine}`, () => {
    test("no stamp below an exact bound becomes visible later, however polls and sessions interleave", () => {
      fc.assert(
        fc.property(histories, (history) => {
          const model = new SessionModel(engine, 4);
          const poller = polls(model);
          for (const each of history)
            if (each === "poll") poller.next();
            else model.step(each.session, each.step);
        }),
        { numRuns: 2000 },
      );
    });

    test("with nobody at work the bound is the clock", () => {
      const model = new SessionModel(engine, 4);
      const listed = activityOf(500, [...model.statements(), ...model.transactions()]);
      const { bound, exact } = horizonBound(listed, undefined, SETTLE_MS);
      assert.deepEqual({ bound, exact }, { bound: clockText(500), exact: true });
    });
  });

const at = (seconds: number) => clockText(seconds * 1000);
const who = (session: string, began: string) => ({ session, began, words: session });
const open = (session: string, transaction: string) => ({ ...who(session, at(0)), transaction });
const poll = (listed: Activity, previous?: { readonly memory: HorizonMemory | undefined }) =>
  horizonBound(listed, previous?.memory, SETTLE_MS);

describe("a source that does not say since when a transaction holds stamps", () => {
  const idle = poll({ clock: at(10), holders: [] });

  test("a transaction that the poll before did not list holds nothing from before that poll", () => {
    const second = poll({ clock: at(20), holders: [open("s1", "t1")] }, idle);
    assert.equal(second.bound, at(10));
    assert.equal(second.exact, true);
    assert.deepEqual(second.heldBy, { session: "s1", since: at(0) });
  });

  test("one that stays open keeps its bound, and its session's next one does not", () => {
    const second = poll({ clock: at(20), holders: [open("s1", "t1")] }, idle);
    const third = poll({ clock: at(30), holders: [open("s1", "t1")] }, second);
    assert.equal(third.bound, at(10));
    assert.equal(poll({ clock: at(40), holders: [open("s1", "t2")] }, third).bound, at(30));
  });

  test("a statement that waited keeps its bound when it has entered the engine", () => {
    const waiting = { ...who("s1", at(8)), since: at(8) };
    const second = poll({ clock: at(20), holders: [waiting] }, idle);
    assert.equal(second.bound, at(8));
    assert.equal(poll({ clock: at(30), holders: [open("s1", "t1")] }, second).bound, at(8));
  });

  test("a prepared transaction keeps its bound when its session is gone, and any bound when it was not seen before", () => {
    const prepared = { transaction: "t1", began: at(25), words: "xa" };
    const second = poll({ clock: at(20), holders: [open("s1", "t1")] }, idle);
    assert.equal(poll({ clock: at(30), holders: [prepared] }, second).bound, at(10));
    const waiting = poll({ clock: at(20), holders: [{ ...who("s1", at(8)), since: at(8) }] }, idle);
    assert.equal(poll({ clock: at(30), holders: [prepared] }, waiting).bound, at(8));
  });

  test("of several transactions of one session each keeps its bound, in whatever order they are listed", () => {
    const [first, other] = [open("s1", "t1"), open("s1", "t2")];
    const second = poll({ clock: at(20), holders: [first] }, idle);
    for (const holders of [
      [first, other],
      [other, first],
    ]) {
      const third = poll({ clock: at(30), holders }, second);
      assert.equal(third.bound, at(10));
      assert.equal(poll({ clock: at(40), holders: [first] }, third).bound, at(10));
      assert.equal(poll({ clock: at(40), holders: [other] }, third).bound, at(20));
    }
  });

  test("at the first poll the settle time applies to what is open then, as long as it stays", () => {
    const first = poll({ clock: at(10), holders: [{ ...who("s1", at(4)), transaction: "t1" }] });
    assert.deepEqual([first.bound, first.exact, first.because], [at(4), false, "first-poll"]);
    const second = poll({ clock: at(20), holders: [open("s1", "t1"), open("s2", "t2")] }, first);
    assert.deepEqual([second.bound, second.exact, second.because], [at(4), false, "first-poll"]);
    const third = poll({ clock: at(30), holders: [open("s2", "t2")] }, second);
    assert.deepEqual([third.bound, third.exact], [at(10), true]);
  });

  test("a clock that was set back takes the bound back with it", () => {
    assert.equal(poll({ clock: at(5), holders: [open("s1", "t1")] }, idle).bound, at(5));
  });
});

describe("a list that may lack somebody", () => {
  const doubt = { because: "stale" } as const;

  test("yields the settle time, and less where it shows somebody older", () => {
    assert.equal(poll({ clock: at(10), holders: [], doubt }).bound, at(9));
    const older = { ...who("s1", at(3)), since: at(3) };
    const held = poll({ clock: at(10), holders: [older], doubt });
    assert.deepEqual([held.bound, held.exact, held.because], [at(3), false, "stale"]);
  });

  test("is forgotten: the next poll goes on from the last whole list", () => {
    const whole = poll({ clock: at(10), holders: [] });
    const lacking = poll({ clock: at(20), holders: [], doubt }, whole);
    assert.equal(poll({ clock: at(30), holders: [open("s1", "t1")] }, lacking).bound, at(10));
  });
});

test("a margin covers what takes its stamp before it is listed", () => {
  assert.equal(poll({ clock: at(10), holders: [], marginMs: 1000 }).bound, at(9));
});
