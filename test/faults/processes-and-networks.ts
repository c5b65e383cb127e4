import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dice, type Dice } from "../simulation/seeded-random.ts";
import { faultSite, type FaultSite } from "./fault-site.ts";
import { createTables, differences, pipelines, resources, startWriters } from "./legacy-writers.ts";

export interface FaultRounds {
  readonly seed: string;
  /** Each fault comes once a round, and after each round the copy must be the source. */
  readonly rounds: number;
  /** Between two faults. */
  readonly restMs: number;
}

/** What goes wrong: each leaves everything running again when it resolves. */
export const faults: Readonly<Record<string, (site: FaultSite, random: Dice) => Promise<void>>> = {
  async "the agent is killed"({ agent }) {
    await agent.kill();
    await agent.start();
  },
  async "the platform is killed"({ platform }, random) {
    await platform.kill();
    await delay(random.between(0, 1_000));
    await platform.start();
  },
  async "the database is killed"({ mariadb, toDatabase }) {
    await mariadb.kill();
    await mariadb.start();
    toDatabase.target = mariadb.port;
  },
  async "all connections are cut"({ toPlatform, toDatabase }, random) {
    for (const proxy of [toPlatform, toDatabase]) {
      proxy.cutAfter(random.between(1, 2_000));
      await delay(random.between(50, 500));
      proxy.cut();
    }
  },
  async "nothing comes through for a while"({ toPlatform, toDatabase }, random) {
    const proxy = random.pick([toPlatform, toDatabase]);
    proxy.isStalled = true;
    await delay(random.between(100, 1_000));
    proxy.isStalled = false;
  },
  async "the network is slow"({ toPlatform, toDatabase }, random) {
    const proxy = random.pick([toPlatform, toDatabase]);
    proxy.bytesPerSecond = random.between(2_000, 50_000);
    await delay(random.between(500, 1_500));
    proxy.bytesPerSecond = Infinity;
  },
  async "the platform cannot be reached"({ toPlatform }, random) {
    toPlatform.isDown = true;
    toPlatform.cut();
    await delay(random.between(100, 1_500));
    toPlatform.isDown = false;
  },
};

/** Declares that an agent whose processes and networks fail under load ends with the source's copy at the platform. */
export function testFaults(rounds: FaultRounds): void {
  test("I1, I2, I4, I9: agent, platform and database are killed and their networks fail under load; the copy is the source", async (context) => {
    const site = await faultSite(resources, pipelines);
    if ("missing" in site) return context.skip(site.missing);
    await using _ = site;
    await createTables(site);
    await site.agent.start();
    const random = dice(rounds.seed);
    let transactions = 0;
    for (let round = 1; round <= rounds.rounds; round += 1)
      transactions += await goWrong(site, random, `${rounds.seed}/${round}`, rounds.restMs);
    context.diagnostic(`${transactions} transactions`);
  });
}

/** One round; answers how many transactions were written meanwhile. */
async function goWrong(
  site: FaultSite,
  random: Dice,
  seed: string,
  restMs: number,
): Promise<number> {
  const writers = startWriters(site, seed, 20);
  for (const name of random.shuffled(Object.keys(faults))) {
    await delay(random.between(0, restMs));
    await faults[name]?.(site, random);
  }
  await writers.stop();
  await assertHealed(site);
  return writers.transactions;
}

export async function assertHealed(site: FaultSite): Promise<void> {
  await site.agent.kill();
  const last = await site.answer("run", "--once");
  assert.equal(last["ok"], true, JSON.stringify(last));
  assert.deepEqual(await differences(site), []);
  await site.agent.start();
}
