import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { conformanceCases } from "../src/index.ts";
import { describingBugs } from "./bugs/describing-bugs.ts";
import { feedBugs } from "./bugs/feed-bugs.ts";
import { horizonBugs } from "./bugs/horizon-bugs.ts";
import { lifetimeBugs } from "./bugs/lifetime-bugs.ts";
import { listingBugs } from "./bugs/listing-bugs.ts";
import { pagingBugs } from "./bugs/paging-bugs.ts";
import type { PlantedBug } from "./bugs/planted-bug.ts";
import { selectionBugs } from "./bugs/selection-bugs.ts";
import { valueBugs } from "./bugs/value-bugs.ts";
import { memoryHarness } from "./reference/memory-harness.ts";

const bugs = [
  ...describingBugs,
  ...valueBugs,
  ...pagingBugs,
  ...selectionBugs,
  ...horizonBugs,
  ...listingBugs,
  ...feedBugs,
  ...lifetimeBugs,
];

/** The names of the cases, those of one kind of column without its name. */
const whole = conformanceCases(memoryHarness().harness).map(
  ({ group, name }) => `${group}: ${name}`,
);
const shapeOf = (name: string): string =>
  memoryHarness().harness.types.reduce(
    (left, { native }) => left.replace(`: ${native}: `, ": "),
    name,
  );

function casesNamed({ caughtBy }: PlantedBug): readonly string[] {
  return caughtBy.map((words) => {
    const [name, ...others] = whole.filter((each) => each.includes(words));
    assert.ok(name !== undefined && others.length === 0, `"${words}" names one case`);
    return name;
  });
}

/** Timers and memory are the whole process's: nothing else may go on beside these. */
const isAlone = ({ caughtBy }: PlantedBug): boolean =>
  caughtBy.some((words) => /leaves no(ne)?\b|does not keep/.test(words));

describe("an adapter is caught that", () => {
  for (const bug of bugs.filter(isAlone)) test(bug.name, () => isCaught(bug));
});

// Side by side: several wait for what the bug never lets happen.
describe("and so is one that", { concurrency: 8 }, () => {
  for (const bug of bugs.filter((each) => !isAlone(each))) test(bug.name, () => isCaught(bug));
});

async function isCaught(bug: PlantedBug): Promise<void> {
  const named = casesNamed(bug);
  const { harness, database } = memoryHarness();
  const cleanUp: (() => void)[] = [];
  const planted = { ...harness, ...bug.plant({ harness, database, cleanUp }) };
  try {
    for (const each of conformanceCases(planted))
      if (named.includes(`${each.group}: ${each.name}`))
        await assert.rejects(each.run(), each.name);
  } finally {
    for (const clean of cleanUp) clean();
  }
}

test("every case catches some bug", () => {
  const caught = new Set(bugs.flatMap(casesNamed).map(shapeOf));
  assert.deepEqual(
    [...new Set(whole.map(shapeOf))].filter((name) => !caught.has(name)),
    [],
  );
});
