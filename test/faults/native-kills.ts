import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { HistoryEngine } from "../histories/engine.ts";
import { postgresEngine } from "../histories/postgres-engine.ts";
import { dice, type Dice } from "../simulation/seeded-random.ts";
import { numbers } from "../world/numbers.ts";
import { killSite, type KillSite } from "./kill-site.ts";

const table = "fed";

const fed = numbers("fed");

export interface NativeKills {
  readonly url: string | undefined;
  readonly seed: string;
  /** Points at which nobody writes and the copy must be the table, and kills before each. */
  readonly points: number;
  readonly kills: number;
}

/** Declares that an agent in mode native that is killed while its table is written catches up with it. */
export function testNativeKills({ url, seed, points, kills }: NativeKills): void {
  const skip = url === undefined ? "QIANZHI_TEST_POSTGRES_URL names no server" : false;
  test(
    "I1, I2: an agent in mode native that is killed again and again has the table at each quiet point",
    {
      skip,
    },
    async (context) => {
      await using engine = await postgresEngine(url ?? "");
      if (engine.feed === undefined) return context.skip("this version has no feed");
      await engine.createTable(table, "timestamptz");
      await engine.feed(table);
      const { password, ...options } = engine.sourceOptions;
      await using site = await killSite(
        fed,
        { kind: "postgres", options: { ...options, password: { env: "READER_PASSWORD" } } },
        {
          table,
          mode: "native",
          key: ["id"],
          pageRows: 50,
          schedule: "* * * * * *",
          map: { id: "id", value: "value" },
        },
        { READER_PASSWORD: String(password) },
      );
      await follow({ context, engine, site, random: dice(seed), points, kills });
      await engine.dropTable(table);
    },
  );
}

interface Following extends Pick<NativeKills, "points" | "kills"> {
  readonly context: TestContext;
  readonly engine: HistoryEngine;
  readonly site: KillSite;
  readonly random: Dice;
}

async function follow({ context, engine, site, random, points, kills }: Following): Promise<void> {
  const counts = { transactions: 0, kills: 0 };
  for (let point = 1; point <= points; point += 1) {
    for (let kill = 0; kill < kills; kill += 1) {
      const agent = site.start("run");
      const ended = once(agent, "exit");
      const until = performance.now() + random.between(700, 3_000);
      try {
        while (performance.now() < until) {
          await engine.run(transaction(random));
          counts.transactions += 1;
          await delay(random.between(5, 60));
        }
        assert.equal(agent.exitCode, null, "the agent ended by itself");
      } finally {
        agent.kill("SIGKILL");
        await ended;
      }
      counts.kills += 1;
    }
    const last = await site.answer("run", "--once");
    assert.equal(last["ok"], true, JSON.stringify(last));
    assert.deepEqual(copyOf(site), await engine.rows(table), `at point ${point}`);
  }
  context.diagnostic(`${counts.transactions} transactions, ${counts.kills} kills`);
}

/** The highest id: few enough rows that the platform tells them in one page. */
const IDS = 900;

/** A transaction of some statements, now and then rolled back. The table is never found empty: the guard would hold. */
function transaction(random: Dice): string {
  const id = (): number => random.between(1, IDS);
  const value = (): number => random.between(1, 1_000_000);
  const insert = (): string => {
    const from = id();
    const to = Math.min(IDS, from + random.between(0, 30));
    return `INSERT INTO ${table} SELECT n, ${value()}, 0, now() FROM generate_series(${from}, ${to}) n ON CONFLICT (id) DO NOTHING`;
  };
  const within = (): string => {
    const from = id();
    return `id BETWEEN ${from} AND ${from + random.between(0, 15)}`;
  };
  const statements = [
    insert,
    insert,
    () => `UPDATE ${table} SET value = ${value()} WHERE ${within()}`,
    () => `DELETE FROM ${table} WHERE ${within()}`,
    // A key changes, and another takes its place.
    () => {
      const [from, to] = [id(), id()];
      return `DELETE FROM ${table} WHERE id = ${to} AND id <> ${from}; UPDATE ${table} SET id = ${to} WHERE id = ${from}`;
    },
  ];
  const some = Array.from({ length: random.between(1, 4) }, () => random.pick(statements)());
  // It has everything read again, which mends what was lost before: a rare one leaves that to be seen.
  if (random.chance(0.004))
    some.unshift(`TRUNCATE ${table}; INSERT INTO ${table} VALUES (0, 0, 0, now())`);
  return `BEGIN; ${some.join("; ")}; ${random.chance(0.15) ? "ROLLBACK" : "COMMIT"}`;
}

const copyOf = ({ sandbox }: KillSite): ReadonlyMap<number, number> =>
  new Map(
    sandbox.platform.records("fed", { limit: 1_000 }).records.map((text) => {
      const { id, value } = JSON.parse(text) as { id: number; value: number };
      return [id, value];
    }),
  );
