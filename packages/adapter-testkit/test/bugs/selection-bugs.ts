import type { RawRow, ScanPage } from "@qianzhi/sdk";
import { inHarness, inScan, inSource, type PlantedBug } from "./planted-bug.ts";

/** Sets the marks of a page anew, by row and mark. */
const remarked = (page: ScanPage, mark: (row: RawRow, deleted: number) => number): ScanPage =>
  page.deleted === undefined
    ? page
    : { ...page, deleted: page.deleted.map((deleted, at) => mark(page.rows[at]!, deleted)) };

/** Bugs in point reads, predicates, and in what is not committed. */
export const selectionBugs: readonly PlantedBug[] = [
  inScan("finds only rows that are filled in", ["returns the rows that exist"], {
    page: (page, { keys }) =>
      keys === undefined ? page : { ...page, rows: page.rows.filter((row) => !row.includes(null)) },
  }),
  inScan("takes no keys for no condition", ["a point read of no keys"], {
    request: ({ keys, ...request }) =>
      keys === undefined || keys.values.length === 0 ? request : { ...request, keys },
  }),
  inSource("looks for each key by itself", ["one key twice"], ({ scan }) => ({
    async scan(request, signal) {
      const { keys } = request;
      if (keys === undefined || keys.values.length === 0) return scan(request, signal);
      const pages = await Promise.all(
        keys.values.map((key) => scan({ ...request, keys: { ...keys, values: [key] } }, signal)),
      );
      return { ...pages[0]!, rows: pages.flatMap(({ rows }) => rows) };
    },
  })),
  inScan("binds two hundred keys at most", ["500 keys are read"], {
    request: (request) =>
      request.keys === undefined
        ? request
        : { ...request, keys: { ...request.keys, values: request.keys.values.slice(0, 200) } },
  }),
  inSource("compares each column of a key by itself", ["500 keys of two columns"], ({ scan }) => ({
    async scan({ keys, ...request }, signal) {
      const page = await scan(request, signal);
      if (keys === undefined) return page;
      const at = keys.columns.map((name) =>
        request.columns.findIndex((each) => each.name === name),
      );
      const rows = page.rows.filter((row) =>
        at.every((index, nth) => keys.values.some((key) => key[nth] === row[index])),
      );
      return { ...page, rows };
    },
  })),
  inSource("keeps rows of which nothing is known", ["`where` keeps the rows"], ({ scan }) => ({
    async scan(request, signal) {
      const page = await scan(request, signal);
      if (request.where === undefined) return page;
      const { where: _where, ...unbounded } = request;
      const { rows } = await scan({ ...unbounded, nulls: ["c"], order: [] }, signal);
      return { ...page, rows: [...page.rows, ...rows] };
    },
  })),
  inScan("puts the predicate last, unbracketed", ["one condition among others"], {
    request: ({ from, ...request }) =>
      from === undefined || request.where?.includes(" OR ") === true
        ? request
        : { ...request, from },
  }),
  inScan("forgets the predicate in point reads", ["holds for point reads"], {
    request: ({ where, ...request }) =>
      where === undefined || request.keys !== undefined ? request : { ...request, where },
  }),
  inScan("deletes what is unknown", ["`deletedWhen` marks"], {
    page: (page, { deletedWhen }) =>
      deletedWhen === undefined
        ? page
        : remarked(page, (row, mark) => (row[1] === null ? 1 : mark)),
  }),
  inScan("keeps what is unknown", ["`keptWhen` marks"], {
    page: (page, { keptWhen }) =>
      keptWhen === undefined ? page : remarked(page, (row, mark) => (row[1] === null ? 0 : mark)),
  }),
  inScan("keeps what is flagged as deleted", ["outweighs"], {
    request: ({ deletedWhen, ...request }) =>
      deletedWhen === undefined || request.keptWhen !== undefined
        ? request
        : { ...request, deletedWhen },
  }),
  inScan("marks nothing in point reads", ["a point read marks"], {
    page: (page, { keys }) => (keys === undefined ? page : remarked(page, () => 0)),
  }),
  inScan("marks always", ["without deletion marks"], {
    page: (page) => ({ ...page, deleted: page.deleted ?? new Uint8Array(page.rows.length) }),
  }),
  inHarness(
    "reads what is not committed",
    ["what is not committed is not read", "what is not committed is not told"],
    ({ harness }) => ({
      async session() {
        // Whatever is written is there at once.
        const [session, dirty] = [await harness.session!(), await harness.session!()];
        return { ...session, insert: dirty.insert, remove: dirty.remove };
      },
    }),
  ),
];
