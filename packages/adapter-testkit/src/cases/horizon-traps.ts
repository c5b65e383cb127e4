import assert from "node:assert/strict";
import type { PositionValue, RawValue } from "@qianzhi/sdk";
import { promptly } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import type { Need } from "../needs.ts";
import { stamped, stampedTable, withPoller, type Poller } from "../poller.ts";
import { withLock, withSession } from "../sessions.ts";
import type { TestSession } from "../test-type.ts";

/** What a poll had settled: no other row may come up below that bound afterwards. */
interface Settled {
  readonly bound: PositionValue;
  readonly ids: readonly RawValue[];
}

/**
 * Transactions that stamp early and commit late. Each case takes the horizon at its worst moment, notes which rows lie
 * below it, lets the transactions end, and looks again: a row that has come up below the horizon is one that a poll
 * would have lost for ever. Then the horizon must go past everything, or it would stand still for ever.
 */
export function horizonTrapCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = () => stampedTable(harness);
  const trap = (
    name: string,
    protects: string,
    also: readonly Need[],
    play: (stage: Stage) => Promise<void>,
  ): CaseBody => ({
    name,
    protects,
    needs: ["horizon", "scan", "exact horizon", "transactions", ...also],
    run: () =>
      withPoller(harness, (poller) =>
        withSession(harness, (early) =>
          withSession(harness, async (late) => {
            const settled: Settled[] = [];
            await poller.pollExact();
            await play({
              poller,
              early,
              late,
              insert: (session, id) => session.insert(table(), stamped(harness, id)),
              async note() {
                await poller.nextSecond();
                const { below } = await poller.poll();
                settled.push({ bound: below, ids: await poller.below(below) });
              },
            });
            for (const { bound, ids } of settled)
              assert.deepEqual(
                await poller.below(bound),
                ids,
                "no row comes up below a horizon that was told",
              );
          }),
        ),
      ),
  });
  return [
    trap(
      "a transaction that stamps before the poll and commits after it holds the horizon",
      "every poller by a time column loses this row",
      [],
      async ({ poller, early, late, insert, note }) => {
        await early.begin!();
        await insert(early, 1);
        await insert(late, 2);
        await note();
        await note();
        await early.commit!();
        await poller.pollPast(1);
      },
    ),
    trap(
      "a transaction that is open and has written nothing yet may still write an early stamp",
      "stamps that are the start of their transaction",
      [],
      async ({ poller, early, late, insert, note }) => {
        await early.begin!();
        await insert(late, 2);
        await note();
        await insert(early, 1);
        await note();
        await early.commit!();
        await poller.pollPast(1);
      },
    ),
    trap(
      "a statement that waits for a lock has taken its stamp",
      "writes that queue up behind a backup",
      ["blocked statement"],
      async ({ poller, early, insert, note }) => {
        await withLock(harness, table(), async (lock) => {
          const waiting = insert(early, 1);
          waiting.catch(() => undefined);
          await note();
          await note();
          await lock.release();
          await promptly(waiting, "the statement that waited");
        });
        await poller.pollPast(1);
      },
    ),
    trap(
      "a transaction counts from the stamp of the statement that waited, not from when it went on",
      "a transaction that begins in the server's listing after its own stamp",
      ["blocked statement"],
      async ({ poller, early, insert, note }) => {
        await early.begin!();
        await withLock(harness, table(), async (lock) => {
          const waiting = insert(early, 1);
          waiting.catch(() => undefined);
          await note();
          await lock.release();
          await promptly(waiting, "the statement that waited");
        });
        await note();
        await early.commit!();
        await poller.pollPast(1);
      },
    ),
    trap(
      "a transaction that is rolled back leaves no row and frees the horizon",
      "a horizon that waits for ever for what will not come",
      [],
      async ({ poller, early, late, insert, note }) => {
        await early.begin!();
        await insert(early, 1);
        await note();
        await early.rollback!();
        await insert(late, 2);
        await poller.pollPast(2);
        await note();
      },
    ),
    trap(
      "a session that is cut off frees the horizon",
      "clients that vanish in the middle of a transaction",
      [],
      async ({ poller, late, insert, note }) => {
        await withSession(harness, async (cut) => {
          await cut.begin!();
          await insert(cut, 1);
          await note();
        });
        await insert(late, 2);
        await poller.pollPast(2);
      },
    ),
    trap(
      "a prepared transaction holds the horizon though its session has ended",
      "two-phase commits whose second phase comes late",
      ["two-phase commit"],
      async ({ poller, late, insert, note }) => {
        const prepared = await withSession(harness, async (session) => {
          await session.begin!("two-phase");
          await insert(session, 1);
          return session.prepare!();
        });
        await insert(late, 2);
        await note();
        await prepared.commit();
        await poller.pollPast(1);
      },
    ),
    trap(
      "a restart of the reader between two polls loses no open transaction",
      "an agent that is updated while a transaction is open",
      [],
      async ({ poller, early, late, insert, note }) => {
        await early.begin!();
        await insert(early, 1);
        await note();
        await poller.reopen("kept");
        await insert(late, 2);
        await note();
        await poller.reopen("lost");
        await note();
        await early.commit!();
        await poller.pollPast(1);
      },
    ),
    trap(
      "transactions that overlap without a gap hold the horizon one by one, and let it go on",
      "a busy source in which some transaction is always open",
      [],
      async ({ poller, early, late, insert, note }) => {
        await early.begin!();
        await insert(early, 1);
        for (let id = 2; id <= 5; id++) {
          const [ends, goesOn] = id % 2 === 0 ? [early, late] : [late, early];
          await goesOn.begin!();
          await insert(goesOn, id);
          await note();
          await ends.commit!();
          await note();
        }
        await poller.pollPast(4);
        await early.commit!();
        await poller.pollPast(5);
      },
    ),
  ];
}

interface Stage {
  readonly poller: Poller;
  /** Two sessions of the legacy system. */
  readonly early: TestSession;
  readonly late: TestSession;
  insert(session: TestSession, id: number): Promise<void>;
  /** Polls a second later, and keeps what lies below the horizon then. */
  note(): Promise<void>;
}
