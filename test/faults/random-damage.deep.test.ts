import assert from "node:assert/strict";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runOnce, type Site } from "@qianzhi/agent";
import { QianzhiError } from "@qianzhi/sdk";
import { dice, type Dice } from "../simulation/seeded-random.ts";
import { numbersSite, type NumbersSite } from "./numbers-site.ts";

const SEEDS = Number(process.env["QIANZHI_DAMAGE_SEEDS"] ?? 300);
const FROM = Number(process.env["QIANZHI_DAMAGE_FROM"] ?? 1);
const { signal } = new AbortController();
/** Damage may be found in the middle of a run, more than once. */
const MOST_LIVES = 4;
const PASSING_MS = 20;

test(`I1, I9: whatever of the agent's files is damaged, the copy is the source's in the end (${SEEDS} seeds from ${FROM})`, async (context) => {
  const counts = { aside: 0 };
  for (let seed = FROM; seed < FROM + SEEDS; seed += 1)
    await context.test(`seed ${seed}`, (own) => damageAtRandom(own, seed, counts));
  context.diagnostic(`${counts.aside} of ${SEEDS} were begun anew`);
});

async function damageAtRandom(
  context: Parameters<typeof numbersSite>[0],
  seed: number,
  counts: { aside: number },
): Promise<void> {
  const random = dice(`damage/${seed}`);
  const mode = random.pick(["diff", "cursor"] as const);
  const numbers = await numbersSite(context, {
    rows: 400,
    pipeline: { mode, pageRows: 200, ...(mode === "cursor" && { cursor: "at" }) },
  });
  let site = await numbers.start();
  await run(numbers, site);
  change(numbers, random);
  // Something waits that the platform does not have.
  numbers.network.isDown = random.chance(0.5);
  if (random.chance(0.7)) await run(numbers, site);
  numbers.network.isDown = false;
  const { instance } = site.store;
  if (random.chance(0.5)) site.store.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  await numbers.die(site);
  await damage(numbers.data, random);
  change(numbers, random);
  site = await numbers.start();
  for (let life = 1; ; life += 1) {
    assert.ok(life <= MOST_LIVES, "it begins anew again and again");
    const found = await run(numbers, site);
    if (found === undefined) break;
    await site.close();
    site = await numbers.start(found);
  }
  if (site.store.instance !== instance) counts.aside += 1;
  numbers.assertEqual();
}

/** Runs once; answers the damage that ended it. */
async function run(numbers: NumbersSite, site: Site): Promise<QianzhiError | undefined> {
  // Nobody waits out the patience for a platform that is away.
  const passing = setInterval(() => (numbers.clock.monotonicMs += 60_000), PASSING_MS);
  if (!numbers.network.isDown) clearInterval(passing);
  try {
    const [report] = await runOnce(site, [...site.runners.values()], { signal });
    const isAway = numbers.network.isDown || report?.error === undefined;
    assert.ok(isAway, report?.error?.stack);
    return undefined;
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_STORE_CORRUPT") throw error;
    return error;
  } finally {
    clearInterval(passing);
  }
}

function change({ legacy }: NumbersSite, random: Dice): void {
  const part = random.between(0, 9);
  legacy.exec(
    `UPDATE t SET value = -value, at = datetime('now', '+8 hours') WHERE id % 10 = ${part};
     INSERT INTO t (id, value) SELECT max(id) + 1, 5 FROM t`,
  );
}

/** Bits that flip, pieces of garbage, pages of another place, an end that is cut off. */
async function damage(data: string, random: Dice): Promise<void> {
  const path = join(data, random.pick(["outbox.db", "outbox.db-wal"]));
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size === 0) return;
  const file = await open(path, "r+");
  try {
    for (let left = random.between(1, 3); left > 0; left -= 1) {
      const at = random.between(0, size - 1);
      const garbage = (bytes: number) => file.write(random.bytes(bytes), 0, bytes, at);
      switch (random.pick(["flip", "garbage", "page", "cut"] as const)) {
        case "flip": {
          const byte = Buffer.alloc(1);
          await file.read(byte, 0, 1, at);
          await file.write(Buffer.of((byte[0] ?? 0) ^ (1 << random.between(0, 7))), 0, 1, at);
          break;
        }
        case "garbage":
          await garbage(random.between(1, 500));
          break;
        case "page": {
          const page = Buffer.alloc(8_192);
          await file.read(
            page,
            0,
            page.length,
            Math.floor(random.between(0, size - 1) / 8_192) * 8_192,
          );
          await file.write(page, 0, page.length, Math.floor(at / 8_192) * 8_192);
          break;
        }
        case "cut":
          await file.truncate(at);
      }
    }
  } finally {
    await file.close();
  }
}
