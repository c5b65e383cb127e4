import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  describeError,
  QianzhiError,
  type Probe,
  type Recovery,
  type Relation,
  type Source,
} from "@qianzhi/sdk";
import { calm } from "./read.ts";

/** What must happen within seconds is given up after this, so that an adapter that hangs fails instead of hanging the suite. */
const PATIENCE_MS = 5_000;

/** A check for `assert.rejects` that the error is ours and of one of these codes. */
export function isCode(...codes: readonly string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(QianzhiError.is(error), `not a QianzhiError: ${String(error)}`);
    assert.ok(
      codes.includes(error.code),
      `${error.code} instead of ${codes.join(" or ")}: ${error.message}`,
    );
    return true;
  };
}

/** A check for `assert.rejects` that the error is ours and tells the engine to do this. */
export function recoversBy(...recoveries: readonly Recovery[]): (error: unknown) => true {
  return (error) => {
    assert.ok(QianzhiError.is(error), `not a QianzhiError: ${String(error)}`);
    assert.ok(recoveries.includes(error.recovery), `${error.code} means ${error.recovery}`);
    return true;
  };
}

/** All that an error could ever print: message, hint, details, causes and hidden properties. */
export function everythingSaid(error: unknown): string {
  return `${JSON.stringify(describeError(error, "zh"))}${inspect(error, { depth: 9, showHidden: true })}`;
}

/** Resolves or rejects as the promise does, and fails when it does neither. */
export async function promptly<T>(promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: timer.signal }).then(() =>
    assert.fail(`${what}: nothing happened for ${PATIENCE_MS / 1_000} s`),
  );
  // Aborted when the promise was in time.
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Pauses between two looks: the first is short, and each is twice the one before, since looking costs the server. */
const PAUSE_MS = { first: 10, longest: 80 };

/** Waits for something that the server does in its own time. */
export async function until(
  holds: () => Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let pauseMs = PAUSE_MS.first; !(await holds()); pauseMs *= 2) {
    assert.ok(
      performance.now() < end,
      `${typeof what === "string" ? what : what()}: this did not come about in ${PATIENCE_MS / 1_000} s`,
    );
    await sleep(Math.min(pauseMs, PAUSE_MS.longest));
  }
}

/** Waits until a number that the harness counts is this one, and tells which it was instead. */
export async function untilIs(
  count: () => Promise<number>,
  wanted: number,
  what: string,
): Promise<void> {
  let last: number | undefined;
  const isWanted = async () => (last = await count()) === wanted;
  await until(isWanted, () => `${what}: the harness counts ${last} instead of ${wanted}`);
}

/** Milliseconds of a probe's clock, as if its text were in UTC: only differences count. */
export function clockOf({ now }: Pick<Probe, "now">): number {
  return Date.parse(`${now.slice(0, 10)}T${now.slice(11, 23)}Z`);
}

/** Waits until the source's clock shows a later second, so that stamps taken before and after differ at any resolution. */
export async function nextSecond(source: Source): Promise<void> {
  const clock = async () => clockOf(await source.probe(calm()));
  const later = (Math.floor((await clock()) / 1_000) + 1) * 1_000;
  await until(async () => {
    const leftMs = later - (await clock());
    // Its clock is asked for the end of the second alone.
    if (leftMs > 0) await sleep(leftMs);
    return leftMs <= 0;
  }, "the source's clock goes on");
}

/** Checks that a source that is closed answers with errors of ours. */
export async function typedOnceClosed(source: Source, relation: Relation): Promise<void> {
  const typed = (error: unknown) => QianzhiError.is(error);
  await assert.rejects(promptly(source.probe(calm()), "a probe"), typed);
  await assert.rejects(promptly(source.describe(relation, calm()), "a description"), typed);
  const request = { relation, columns: [{ name: "id" }], order: ["id"], pageRows: 1 };
  if (source.scan !== undefined)
    await assert.rejects(promptly(source.scan(request, calm()), "a page"), typed);
}

/** Runs again and again, and sees that what keeps the process alive does not add up. */
export async function leavesNothing(work: () => Promise<void>): Promise<void> {
  // What is loaded or opened once and kept is there after the first round.
  await work();
  const before = process.getActiveResourcesInfo();
  for (let round = 0; round < 3; round++) await work();
  const left = () => beyond(process.getActiveResourcesInfo(), before);
  await until(
    async () => left().length === 0,
    `what keeps the process alive ends: ${left().join(", ")}`,
  );
}

/** What is there more often than before. */
function beyond(now: readonly string[], before: readonly string[]): readonly string[] {
  const rest = [...before];
  return now.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
