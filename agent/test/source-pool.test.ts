import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { openStore } from "@qianzhi/exchange";
import { defineAdapter, QianzhiError, type Adapter, type Source, type World } from "@qianzhi/sdk";
import { sourceCare } from "../src/care/source-care.ts";
import type { SourceConfig } from "../src/config/site-config.ts";
import { openSourcePool, type Reader } from "../src/run/source-pool.ts";
import { agentSchema } from "../src/state/agent-schema.ts";
import { openPasswordRest } from "../src/state/password-rest.ts";
import { restless } from "./care/world.ts";

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

const openPool = (config: SourceConfig, world: World, rest = restless) =>
  openSourcePool(config, sourceCare(config, "Asia/Shanghai", world), world, rest);

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

const reader = {
  pipeline: "natural_person",
  pageRows: 1,
  atWindowEnd: "stop",
  progress: { answered: silent },
} as const;

describe("a refused password", () => {
  const minuteMs = 60_000;
  const at = { ms: 0 };
  const world = worldAt(at);
  let directory: string;
  let tries = 0;
  let refuses = true;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "qianzhi-pool-"));
  });
  after(() => rm(directory, { recursive: true }));

  /** Has a new process, with this password, read ten times at once. */
  async function read(password: string, who: Reader | "person" = reader): Promise<boolean> {
    const store = await openStore({ directory, schemas: [agentSchema], world });
    const config = {
      ...sourceOf(async () => {
        tries += 1;
        if (refuses) throw new QianzhiError("QZ_SOURCE_AUTH", { source: "legacy", user: "u" });
        return { close: () => Promise.resolve() };
      }, 4),
      options: { password },
    };
    const pool = openPool(config, world, openPasswordRest(store, config));
    const use = () =>
      pool
        .use(() => Promise.resolve(), never, who === "person" ? undefined : who)
        .catch((error: unknown) => error);
    const errors = await Promise.all(Array.from({ length: 10 }, use));
    await pool.close();
    store.close();
    const [first] = errors;
    assert.ok(errors.every((error) => String(error) === String(first)));
    if (first !== undefined) assert.match(String(first), /refused user u/);
    return first === undefined;
  }

  it("is tried once a quarter of an hour, however many read and however often they are started", async () => {
    for (let starts = 0; starts < 5; starts += 1) assert.equal(await read("old"), false);
    assert.equal(tries, 1);
    at.ms += 14 * minuteMs;
    await read("old");
    assert.equal(tries, 1);
    at.ms += minuteMs;
    await read("old");
    assert.equal(tries, 2);
  });

  it("is tried at once when it was changed, and is no longer written down when it is right", async () => {
    assert.equal(await read("new"), false);
    assert.equal(tries, 3);
    refuses = false;
    assert.equal(await read("newer"), true);
    assert.equal(await read("new"), true);
  });

  it("does not keep a person from trying, who frees the way for others", async () => {
    refuses = true;
    await read("old");
    refuses = false;
    assert.equal(await read("old"), false);
    assert.equal(await read("old", "person"), true);
    assert.equal(await read("old"), true);
  });

  it("does not rest for longer when the clock is set back", async () => {
    refuses = true;
    await read("old");
    refuses = false;
    at.ms -= 600 * minuteMs;
    assert.equal(await read("old"), true);
  });
});

describe("a source that cannot be reached", () => {
  const at = { ms: 0 };
  const unreachable = new QianzhiError("QZ_SOURCE_UNREACHABLE", { source: "legacy", address: "a" });
  let tries = 0;
  const open = async () => {
    tries += 1;
    throw unreachable;
  };
  const pool = openPool(sourceOf(open, 1), worldAt(at));
  const read = (who?: Reader) =>
    assert.rejects(
      pool.use(() => Promise.resolve(), never, who),
      unreachable,
    );
  after(() => pool.close());

  it("is tried once in three seconds, however many pipelines read from it", async () => {
    await Promise.all(Array.from({ length: 200 }, () => read(reader)));
    assert.equal(tries, 1);
    at.ms += 3_000;
    await read(reader);
    assert.equal(tries, 2);
  });

  it("is tried at once by a person", async () => {
    await read();
    assert.equal(tries, 3);
  });
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

test("a connection is used again while it rests for a minute at most, and opened anew after a longer rest", async () => {
  const at = { ms: 0 };
  let opened = 0;
  const closed: number[] = [];
  const config = sourceOf(async () => {
    const number = (opened += 1);
    return { close: async () => void closed.push(number) };
  }, 1);
  const pool = openPool(config, worldAt(at));
  const use = () => pool.use(() => Promise.resolve(), never);
  await use();
  at.ms += 60_000;
  await use();
  assert.deepEqual([opened, closed], [1, []]);
  at.ms += 60_001;
  await use();
  assert.deepEqual([opened, closed], [2, [1]]);
  await pool.close();
  assert.deepEqual(closed, [1, 2]);
});
