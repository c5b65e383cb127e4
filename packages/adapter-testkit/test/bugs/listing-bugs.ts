import { setTimeout as sleep } from "node:timers/promises";
import { QianzhiError, type ListPage, type RawRow, type RawValue } from "@qianzhi/sdk";
import { inSource, mapped, type PlantedBug, type Whole } from "./planted-bug.ts";

type Pages = AsyncIterable<ListPage>;

/** A bug in what a listing yields. */
const inPages = (
  name: string,
  caughtBy: readonly string[],
  bend: (pages: Pages, columns: Parameters<Whole["list"]>[1]) => Pages,
): PlantedBug =>
  inSource(name, caughtBy, ({ list }) => ({
    list: (relation, columns, signal) => bend(list(relation, columns, signal), columns),
  }));

const inRows = (
  name: string,
  caughtBy: readonly string[],
  bend: (rows: readonly RawRow[]) => readonly RawRow[],
): PlantedBug =>
  inPages(name, caughtBy, async function* (pages) {
    for await (const { rows } of pages) yield { rows: bend(rows) };
  });

const asNumber = (value: RawValue): RawValue =>
  typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;

/** Bugs in complete listings. */
export const listingBugs: readonly PlantedBug[] = [
  inRows("lists digits as doubles", ["integer: values and NULL are listed"], (rows) =>
    mapped(rows, asNumber),
  ),
  inRows("loses the last row of a page", ["every row is listed once"], (rows) => rows.slice(0, -1)),
  inRows("lists what is alike once", ["rows that are alike"], (rows) =>
    rows.filter((row, at) => rows.findIndex((each) => String(each) === String(row)) === at),
  ),
  inPages(
    "takes an empty table for a missing one",
    ["an empty table lists nothing"],
    async function* (pages) {
      let listed = 0;
      for await (const page of pages) {
        listed += page.rows.length;
        yield page;
      }
      if (listed === 0)
        throw new QianzhiError("QZ_TABLE_NOT_FOUND", { source: "legacy", name: "?" });
    },
  ),
  inSource(
    "lists columns as the table has them",
    ["listed columns come in the order"],
    ({ list, describe }) => ({
      async *list(relation, columns, signal) {
        const described = await describe(relation, signal);
        const asked = new Set(columns.map(({ name }) => name));
        const known = described.columns.filter(({ name }) => asked.has(name));
        yield* list(relation, known.length === 0 ? columns : known, signal);
      },
    }),
  ),
  inSource("lists what a predicate leaves out", ["a listing given a predicate"], ({ list }) => ({
    list: (relation, columns, signal) => list(relation, columns, signal),
  })),
  inPages("lists everything as one page", ["a page of a listing holds"], async function* (pages) {
    const rows: RawRow[] = [];
    for await (const page of pages) for (const row of page.rows) rows.push(row);
    yield { rows };
  }),
  inSource("keeps what it has listed", ["listing does not keep"], ({ list }) => {
    const kept: ListPage[] = [];
    return {
      async *list(relation, columns, signal) {
        for await (const page of list(relation, columns, signal)) {
          kept.push(page);
          yield page;
        }
      },
    };
  }),
  inRows("lists bytes as texts", ["declared wrongly are listed"], (rows) =>
    mapped(rows, (value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    ),
  ),
  inSource("lists a missing table as empty", ["missing column of a listing"], ({ list }) => ({
    async *list(relation, columns, signal) {
      try {
        yield* list(relation, columns, signal);
      } catch (error) {
        if (!QianzhiError.is(error) || error.code !== "QZ_TABLE_NOT_FOUND") throw error;
      }
    },
  })),
  inSource(
    "is busy until a listing has been read to its end",
    ["nobody reads to its end"],
    ({ list }) => {
      let busy = false;
      return {
        async *list(relation, columns, signal) {
          if (busy) throw new QianzhiError("QZ_SOURCE_BUSY", { source: "legacy", user: "reader" });
          busy = true;
          yield* list(relation, columns, signal);
          busy = false;
        },
      };
    },
  ),
  inSource(
    "ends quietly when it is cancelled",
    ["aborted before or while it runs"],
    ({ list }) => ({
      list: (relation, columns, signal) => quietly(list(relation, columns, signal), "QZ_CANCELLED"),
    }),
  ),
  inPages(
    "ends quietly when the connection ends",
    ["connection ends never looks complete"],
    (pages) => quietly(pages, "QZ_SOURCE_LOST"),
  ),
  inSource("keeps one place for all listings", ["two listings of one table"], ({ list }) => {
    let at = 0;
    return {
      async *list(relation, columns, signal) {
        at = 0;
        const rows: RawRow[] = [];
        for await (const page of list(relation, columns, signal)) rows.push(...page.rows);
        for (; at < rows.length; at += 500) {
          yield { rows: rows.slice(at, at + 500) };
          await sleep(1);
        }
      },
    };
  }),
];

async function* quietly(pages: Pages, code: string): Pages {
  try {
    yield* pages;
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== code) throw error;
  }
}
