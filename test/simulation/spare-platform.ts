import { openDatabase, type Database } from "@qianzhi/exchange";
import { createPlatform, type Platform } from "@qianzhi/sandbox";
import type { World } from "@qianzhi/sdk";
import { backUp } from "../world/back-up.ts";
import { article, SITE } from "./resource.ts";

/** The platform of a world, in its time and with its dice. */
export interface SimulatedPlatform {
  readonly platform: Platform;
  readonly database: Database;
}

type PlatformWorld = Pick<World, "clock" | "random">;

/** A platform that knows the site and its resource, and has received nothing. */
export async function newPlatform(world: PlatformWorld): Promise<SimulatedPlatform> {
  const database = await openDatabase(":memory:");
  const platform = createPlatform({ database, world });
  platform.catalog.publish(JSON.stringify(article));
  platform.sites.grant(SITE, article.identifier);
  return { platform, database };
}

let spare: Promise<SimulatedPlatform & { enter(world: PlatformWorld): void }> | undefined;

/**
 * The same, which one world of this process after the other has: it forgets what it received, and is not made anew, which
 * takes as long as a small world lives. What it has compiled it keeps: in every world a version says the same.
 */
export async function sparePlatform(world: PlatformWorld): Promise<SimulatedPlatform> {
  const kept = await (spare ??= makeSpare(world));
  kept.enter(world);
  return kept;
}

async function makeSpare(first: PlatformWorld) {
  let current = first;
  const kept = await newPlatform({
    clock: { now: () => current.clock.now(), monotonic: () => current.clock.monotonic() },
    random: {
      fraction: () => current.random.fraction(),
      bytes: (count) => current.random.bytes(count),
    },
  });
  const empty = backUp(kept.database);
  return {
    ...kept,
    enter(world: PlatformWorld): void {
      current = world;
      empty();
      kept.platform.behaviour.set({});
    },
  };
}
