import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import { keepAsking } from "../src/run/keep-asking.ts";
import { sleepingWorld } from "./care/world.ts";

const resource = (identifier: string) => ({ identifier }) as ResourceDescriptor;

/** How often each resource is asked for in ten minutes. */
async function askedFor(names: readonly string[], catalog: boolean): Promise<readonly number[]> {
  const world = sleepingWorld();
  const stop = new AbortController();
  const counts = new Map(names.map((name) => [name, 0]));
  const site = {
    published: {
      drift: () => undefined,
      ask: async ({ identifier }: ResourceDescriptor) =>
        void counts.set(identifier, (counts.get(identifier) ?? 0) + 1),
    },
    delivery: { state: () => ({ capabilities: { catalog } }) },
    store: {
      world: {
        ...world,
        timers: {
          async sleep(ms: number) {
            await world.timers.sleep(ms);
            if (world.ms >= 600_000) stop.abort();
          },
        },
      },
    },
  } as unknown as Parameters<typeof keepAsking>[0];
  await keepAsking(site, names.map(resource), stop.signal);
  return [...counts.values()];
}

test("the catalog is asked for each resource once a minute, and where there are many for one in two seconds", async () => {
  assert.deepEqual(await askedFor(["a"], true), [10]);
  assert.deepEqual(await askedFor(["a", "b"], true), [10, 10]);
  const many = Array.from({ length: 100 }, (_, index) => `r${index}`);
  assert.ok((await askedFor(many, true)).every((count) => count === 3));
});

test("a platform without a catalog is not asked, and a site without pipelines asks nothing", async () => {
  assert.deepEqual(await askedFor(["a"], false), [0]);
  assert.deepEqual(await askedFor([], true), []);
});
