import type { RelationDescription, Source } from "@qianzhi/sdk";
import { inHarness, inSource, type PlantedBug } from "./planted-bug.ts";

/** Bugs in what an adapter says of itself, the server and its tables. */
export const describingBugs: readonly PlantedBug[] = [
  inSource("can read nothing", ["there is scan, list or changes"], (source) => {
    const { scan: _scan, list: _list, changes: _changes, ...rest } = source;
    return withoutReads(rest);
  }),
  inHarness("is said to lack what it has", ["nothing that is said to be lacking"], () => ({
    lacks: { cost: "too much work" },
  })),
  inSource("writes the clock as JSON does", ["the probe tells product"], ({ probe }) => ({
    async probe(signal) {
      const told = await probe(signal);
      return { ...told, now: told.now.replace(" ", "T") };
    },
  })),
  inHarness("makes an identity up at each connection", ["the same server twice"], ({ harness }) => {
    let opened = 0;
    return {
      async open(host) {
        const source = await harness.open(host);
        const identity = String(++opened);
        return {
          ...source,
          probe: async (signal) => ({ ...(await source.probe(signal)), identity }),
        };
      },
    };
  }),
  inSource(
    "tells the server's clock beside the configured offset",
    ["the clock is told in the offset"],
    ({ probe }, { database }) => ({
      probe: async (signal) => ({ ...(await probe(signal)), now: database.now("+08:00") }),
    }),
  ),
  inSource("lists views alone", ["a table is listed"], ({ discover }) => ({
    discover: async (signal) => (await discover(signal)).filter(({ kind }) => kind === "view"),
  })),
  inSource("lists views as tables", ["a view is listed as one"], ({ discover }) => ({
    discover: async (signal) =>
      (await discover(signal)).map((each) => ({ ...each, kind: "table" })),
  })),
  inSource(
    "describes columns by name instead of position",
    ["described by its columns"],
    ({ describe }) => ({
      async describe(relation, signal) {
        const described = await describe(relation, signal);
        const columns = described.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
        return { ...described, columns };
      },
    }),
  ),
  inSource("remembers a description for ever", ["a table that has changed"], ({ describe }) => {
    let first: Promise<RelationDescription> | undefined;
    return { describe: (relation, signal) => (first ??= describe(relation, signal)) };
  }),
  inSource(
    "describes a missing table as one without columns",
    ["a table that is not there"],
    ({ describe }) => ({
      describe: (relation, signal) =>
        describe(relation, signal).catch(() => ({
          name: ["?"],
          kind: "table" as const,
          columns: [],
          key: [],
          indexes: [],
        })),
    }),
  ),
  inSource("does not order a query", ["a query is described"], ({ scan }) => ({
    async scan(request, signal) {
      const page = await scan(request, signal);
      return "query" in request.relation ? { ...page, rows: page.rows.toReversed() } : page;
    },
  })),
  inSource("counts NULL as a key", ["a key that is not unique"], ({ duplicateKey, scan }) => ({
    async duplicateKey(relation, key, signal) {
      const columns = key.map((name) => ({ name }));
      const { rows } = await scan({ relation, columns, order: [], pageRows: 100 }, signal);
      const keys = new Set(rows.map((row) => JSON.stringify(row)));
      return (await duplicateKey(relation, key, signal)) || keys.size < rows.length;
    },
  })),
  inSource("has a maximum of nothing", ["the maximum of a column"], ({ maximum }) => ({
    maximum: async (relation, column, signal) => (await maximum(relation, column, signal)) ?? 0,
  })),
  inSource("believes every page is led by an index", ["the cost of a page"], ({ cost }) => ({
    async cost(request, signal) {
      const told = await cost(request, signal);
      return told === null ? null : { ...told, index: "some", sorts: false };
    },
  })),
];

/** A source is spread over the reference: what is taken away has to be named. */
function withoutReads(rest: Omit<Source, "scan" | "list" | "changes">): Partial<Source> {
  const none: object = { scan: undefined, list: undefined, changes: undefined };
  return { ...rest, ...none };
}
