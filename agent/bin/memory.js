// How much memory V8 may take beside what is in use (docs/decisions/0002-memory-of-a-load.md). Only what can be set while a
// program runs is set: other flags would take another process.
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes at which the young generation ends to grow: Node 20's own limit. Node 24's is 128 MiB, and no faster. */
const YOUNG_BYTES = 32 * 2 ** 20;
/** So many collections, above so many a second, tell a load from a start and from polls. */
const BURST = 100;
const REST_PER_SECOND = 2;
/** Milliseconds of rest after which what a start or a load has left is cleared away. */
const CLEARED_AFTER_MS = 10_000;
/** And then again and again: what polls leave in the old generation would not be collected for hours. */
const CLEARED_EVERY_MS = 300_000;

/**
 * Keeps the young generation at its first size of 1 MiB until a load begins, and lets it grow to YOUNG_BYTES then; V8 takes
 * it back after the load. The old generation may grow by half of what is in use before it is collected.
 */
export function boundMemory() {
  let collections = 0;
  let at = 0;
  let clearAt = CLEARED_AFTER_MS;
  let collect;
  let grows = true;
  const grow = (should) => {
    if (should === grows) return;
    grows = should;
    setFlagsFromString(`--semi-space-growth-factor=${should ? 2 : 1}`);
  };
  grow(false);
  // What outlives two collections of the young generation is garbage here, nearly all of it, and so is the memory of
  // buffers that it holds: half as much again may gather until it is cleared, instead of several times as much.
  setFlagsFromString("--heap-growing-percent=50");
  // The young generation is cleared by this thread alone: helpers wait for a core beside databases that are as busy, and it
  // for them.
  setFlagsFromString("--no-parallel-scavenge");
  setFlagsFromString("--expose-gc");
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) {
      collections = Math.max(0, collections - ((startTime - at) / 1000) * REST_PER_SECOND) + 1;
      at = startTime;
    }
    const isLoaded = collections > BURST;
    grow(isLoaded && youngBytes() < YOUNG_BYTES);
    if (isLoaded) {
      clearAt = at + CLEARED_AFTER_MS;
    } else if (at > clearAt) {
      clearAt = at + CLEARED_EVERY_MS;
      // A context takes as long to make as many a command runs, and an agent rests more than once.
      collect ??= runInNewContext("gc");
      // The last resort clears caches, too, and gives pages back. Node 20 knows no such flavour, and collects as usual.
      collect({ type: "major", execution: "sync", flavor: "last-resort" });
    }
  }).observe({ entryTypes: ["gc"] });
}

const youngBytes = () =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
