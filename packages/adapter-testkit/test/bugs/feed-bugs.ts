import { QianzhiError, type ChangesPage } from "@qianzhi/sdk";
import type { Change } from "../reference/memory-database.ts";
import { inSource, type PlantedBug } from "./planted-bug.ts";

/** A bug in a page of the feed. */
const inFeed = (
  name: string,
  caughtBy: readonly string[],
  bend: (page: ChangesPage, position: unknown) => ChangesPage,
): PlantedBug =>
  inSource(name, caughtBy, ({ changes }) => ({
    changes: async (relation, columns, position, signal) =>
      bend(await changes(relation, columns, position, signal), position),
  }));

const placeOf = (position: unknown) => (position as { at: number }).at;

/** Bugs in the feed of changes. */
export const feedBugs: readonly PlantedBug[] = [
  inSource(
    "tells everything where no position is given",
    ["without a position there are no changes"],
    ({ changes }) => ({
      changes: (relation, columns, position, signal) =>
        changes(relation, columns, position ?? { at: 0 }, signal),
    }),
  ),
  inFeed("leaves deletes out", ["in the order of their commits"], (page) => ({
    ...page,
    changes: page.changes.filter(({ op }) => op !== "delete"),
  })),
  inSource("tells columns as the table has them", ["columns of a change"], ({ changes }) => ({
    async changes(relation, columns, position, signal) {
      const known = columns.toSorted((a, b) => (a.name > b.name ? -1 : 1));
      return changes(relation, known, position, signal);
    },
  })),
  inFeed(
    "steps over the first change after a page",
    ["the position of every page"],
    (page, position) =>
      position === undefined || page.end
        ? page
        : { ...page, position: { at: placeOf(page.position) + 1 } },
  ),
  inSource(
    "knows only the positions of its own connection",
    ["good again after a restart"],
    ({ changes }) => {
      let begun = false;
      return {
        async changes(relation, columns, position, signal) {
          if (position !== undefined && !begun)
            throw new QianzhiError("QZ_CHANGES_LOST", { name: "?", pipeline: "" });
          begun = true;
          return changes(relation, columns, position, signal);
        },
      };
    },
  ),
  inFeed(
    "has no position where nothing changed",
    ["where nothing changed nothing is told"],
    (page, position) =>
      position !== undefined && page.changes.length === 0 ? { ...page, position: null } : page,
  ),
  inSource(
    "tells the changes of all tables",
    ["changes of other tables"],
    ({ changes }, { database }) => ({
      async changes(relation, columns, position, signal) {
        const { feed } = database;
        const name = "table" in relation ? relation.table[0]! : "";
        const own = feed.map((change): Change => ({ ...change, table: name }));
        feed.splice(0, feed.length, ...own);
        return changes(relation, columns, position, signal);
      },
    }),
  ),
  inSource(
    "does not notice that it was forgotten",
    ["the source has forgotten"],
    ({ changes }, { database }) => ({
      async changes(relation, columns, position, signal) {
        database.forgotten = 0;
        return changes(relation, columns, position, signal);
      },
    }),
  ),
  inSource(
    "goes on from now where it cannot tell",
    ["a position that is not its own"],
    ({ changes }) => ({
      changes: (relation, columns, position, signal) =>
        changes(relation, columns, position, signal).catch(() =>
          changes(relation, columns, undefined, signal),
        ),
    }),
  ),
  inSource(
    "reads changes to their end whatever happens",
    ["an aborted read of changes"],
    ({ changes }) => ({
      changes: (relation, columns, position) =>
        changes(relation, columns, position, new AbortController().signal),
    }),
  ),
  inSource(
    "takes a missing table for an unchanged one",
    ["changes of a missing table"],
    ({ changes }) => ({
      changes: (relation, columns, position, signal) =>
        changes(relation, columns, position, signal).catch(() => ({
          changes: [],
          position: { at: 0 },
          end: true,
        })),
    }),
  ),
  inFeed("tells bytes as texts", ["binary: changed values"], (page) => ({
    ...page,
    changes: page.changes.map(({ op, row }) => ({
      op,
      row: row.map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString() : value,
      ),
    })),
  })),
];
