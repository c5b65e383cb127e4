import type { Horizon, HorizonRequest } from "@qianzhi/sdk";
import type { MemoryDatabase, OpenWork } from "../reference/memory-database.ts";
import { inHarness, inSource, type PlantedBug } from "./planted-bug.ts";

/** A bug in how the horizon is told from what is open. */
const inListing = (
  name: string,
  caughtBy: readonly string[],
  below: (open: readonly OpenWork[], database: MemoryDatabase) => string | undefined,
): PlantedBug =>
  inSource(name, caughtBy, ({ horizon }, { database }) => ({
    async horizon(request, signal) {
      const told = await horizon(request, signal);
      const stamp = below([...database.open], database) ?? database.now();
      return { ...told, below: stamp };
    },
  }));

const bent = (
  name: string,
  caughtBy: readonly string[],
  bend: (told: Horizon, database: MemoryDatabase) => Horizon,
): PlantedBug =>
  inSource(name, caughtBy, ({ horizon }, { database }) => ({
    horizon: async (request, signal) => bend(await horizon(request, signal), database),
  }));

const oldest = (stamps: readonly string[]) => stamps.toSorted()[0];
const since = (open: readonly OpenWork[]) => oldest(open.map((work) => work.since));

/** Bugs in the horizon. */
export const horizonBugs: readonly PlantedBug[] = [
  bent("settles nothing", ["lies the settle time behind"], (_told, database) => ({
    below: database.now(),
    exact: false,
    because: "unsupported",
  })),
  bent("tells the horizon as JSON does", ["the cursor column can be compared with"], (told) => ({
    ...told,
    below: String(told.below).replace(" ", "T"),
  })),
  inSource(
    "has a horizon for everything",
    ["a text column has no horizon"],
    ({ horizon }, { database }) => ({
      horizon: (request, signal) =>
        horizon(request, signal).catch(() => ({ below: database.now(), exact: true })),
    }),
  ),
  inSource("trusts what it remembers", ["a memory that is not its own"], ({ horizon }) => ({
    async horizon(request, signal) {
      rememberedBy(request);
      return horizon(request, signal);
    },
  })),
  bent("is never sure", ["an idle source's horizon"], (told) => ({
    ...told,
    exact: false,
    because: "stale",
  })),
  bent("does not say who holds it", ["who holds the horizon back"], ({ below, exact }) => ({
    below,
    exact,
  })),
  inHarness(
    "takes what it may not see for silence",
    ["an account that may not see"],
    ({ harness }) => ({
      openBlind: harness.open,
    }),
  ),
  inListing(
    "looks at the clock alone",
    [
      "stamps before the poll and commits after",
      "has written nothing yet",
      "waits for a lock has taken",
      "from the stamp of the statement that waited",
      "a prepared transaction holds",
      "overlap without a gap",
    ],
    () => undefined,
  ),
  inListing(
    "counts writers only",
    ["has written nothing yet", "waits for a lock has taken"],
    (open) => since(open.filter(({ entered }) => entered !== undefined)),
  ),
  inListing(
    "counts from when the server lists it",
    ["from the stamp of the statement that waited"],
    (open) => oldest(open.map((work) => work.entered ?? work.since)),
  ),
  inListing("forgets prepared transactions", ["a prepared transaction holds"], (open) =>
    since(open.filter(({ prepared }) => !prepared)),
  ),
  inListing("is held by the newest", ["overlap without a gap"], (open) =>
    open
      .map((work) => work.since)
      .toSorted()
      .at(-1),
  ),
  inSource(
    "waits for ever for whom it has seen",
    ["rolled back leaves no row", "a session that is cut off"],
    ({ horizon }, { database }) => {
      const seen: OpenWork[] = [];
      return {
        async horizon(request, signal) {
          const told = await horizon(request, signal);
          seen.push(...database.open);
          return { ...told, below: since(seen) ?? told.below };
        },
      };
    },
  ),
  inSource(
    "sees what began after it was opened",
    ["a restart of the reader between"],
    ({ horizon }, { database }) => {
      const opened = database.now();
      return {
        async horizon(request, signal) {
          const told = await horizon(request, signal);
          const later = [...database.open].filter((work) => work.since > opened);
          return { ...told, below: since(later) ?? database.now() };
        },
      };
    },
  ),
];

/** Reads a memory as if it could only be its own. */
function rememberedBy({ previous }: HorizonRequest): number {
  return previous === undefined ? 0 : (previous as { sessions: unknown[] }).sessions.flat().length;
}
