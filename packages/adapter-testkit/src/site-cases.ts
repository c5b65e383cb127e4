import assert from "node:assert/strict";
import type { AdapterHost, RawRow, Relation, ScanRequest, Source } from "@qianzhi/sdk";
import { adapterCases } from "./cases/adapter.ts";
import { isCode, leavesNothing, promptly, typedOnceClosed } from "./expect.ts";
import type { ConformanceCase } from "./harness.ts";
import { calm, comparable, firsts, positionsOf, readAll, unordered, withSource } from "./read.ts";
import { testHost } from "./test-host.ts";

/** A table as it stands in a configured source. */
export interface SiteUnderTest {
  open(host: AdapterHost): Promise<Source>;
  readonly relation: Relation;
  /** Columns that tell its rows apart; by default the primary key that is described. */
  readonly key?: readonly string[];
}

/** Rows of the table that are read: enough for page boundaries, and no load on a server that others work with. */
const SAMPLE_ROWS = 300;
/** Rows at which a read is begun and bounded, and that are read by key. */
const PROBED_ROWS = 20;

interface SiteSuite {
  readonly cases: readonly ConformanceCase[];
  reasonToLeaveOut(each: ConformanceCase): string | undefined;
}

/** What can be seen of an adapter without writing to its source. */
export async function siteCases(site: SiteUnderTest): Promise<SiteSuite> {
  const { open, relation } = site;
  const has = await withSource({ open }, [], async (source) => ({
    scan: source.scan !== undefined,
    list: source.list !== undefined,
    discover: source.discover !== undefined,
  }));
  const described = await withSource({ open }, [], (source) => source.describe(relation, calm()));
  const key = site.key ?? described.key;
  const columns = described.columns
    .filter(({ type }) => type !== "other")
    .map(({ name }) => ({ name }));
  const request: ScanRequest = { relation, columns, order: key, pageRows: SAMPLE_ROWS };
  const harness = { open, lacks: {} };

  const sampled = (
    use: (
      source: Source & Required<Pick<Source, "scan">>,
      rows: readonly RawRow[],
    ) => Promise<void>,
  ) => ({
    needs: ["scan"] as const,
    run: () =>
      withSource(harness, ["scan"], async (source) =>
        use(source, (await source.scan(request, calm())).rows),
      ),
  });
  const probed = (rows: readonly RawRow[]) => {
    const step = Math.max(1, Math.floor(rows.length / PROBED_ROWS));
    return [...rows.entries()].filter(([at]) => at % step === 0);
  };
  const cases: readonly Omit<ConformanceCase, "group">[] = [
    ...adapterCases(harness),
    {
      name: "the table is listed",
      protects: "`init` offers what there is to read",
      needs: ["discover"],
      run: () =>
        withSource(harness, ["discover"], async (source) => {
          const names = (await source.discover(calm())).map(({ name }) => name.at(-1));
          assert.ok(!("table" in relation) || names.includes(relation.table.at(-1)));
        }),
    },
    {
      name: "a table that is not there is QZ_TABLE_NOT_FOUND",
      protects: "the operator is told which name to mend",
      needs: [],
      run: () =>
        withSource(harness, [], (source) =>
          assert.rejects(
            source.describe({ table: ["qz_no_such"] }, calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          ),
        ),
    },
    {
      name: "pages of every size yield the same rows in the same order",
      protects: "a row between two pages would be lost",
      ...sampled(async (source, rows) => {
        if (rows.length === 0) return;
        const until = { values: positionsOf(rows.at(-1)!, request), inclusive: true };
        for (const pageRows of [2, 7, 100])
          assert.deepEqual(
            comparable(await readAll(source, { ...request, until, pageRows })),
            comparable(rows),
            `pages of ${pageRows}`,
          );
      }),
    },
    {
      name: "`from` and `until` split the rows without overlap or gap",
      protects: "a block of the diff index that misses a row reports it as deleted",
      ...sampled(async (source, rows) => {
        for (const [at, row] of probed(rows)) {
          const values = positionsOf(row, request);
          const below = await source.scan(
            { ...request, until: { values, inclusive: false } },
            calm(),
          );
          assert.deepEqual(comparable(below.rows), comparable(rows.slice(0, at)));
          const [first] = (await source.scan({ ...request, from: values }, calm())).rows;
          assert.deepEqual(comparable([first!]), comparable([row]));
        }
      }),
    },
    {
      name: "each row is found by its key",
      protects: "a deletion is confirmed by a point read; one that misses the row deletes it",
      ...sampled(async (source, rows) => {
        const picked = probed(rows).map(([, row]) => row);
        const keys = { columns: key, values: picked.map((row) => positionsOf(row, request)) };
        const found = await source.scan({ ...request, order: [], keys }, calm());
        assert.deepEqual(unordered(found.rows), unordered(picked));
      }),
    },
    {
      name: "a listing that is left early leaves the source fit for the next",
      protects: "a stop in the middle of a load",
      needs: ["list"],
      run: () =>
        withSource(harness, ["list"], async (source) => {
          const first = async () => {
            for await (const { rows } of source.list(relation, columns, calm()))
              return firsts(rows).length;
            return 0;
          };
          assert.deepEqual(
            [await first(), await first()].map((size) => size > 0),
            [true, true],
          );
        }),
    },
    {
      name: "an aborted call rejects with QZ_CANCELLED, and the source goes on working",
      protects: "a graceful stop in seconds",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          await assert.rejects(
            promptly(source.describe(relation, AbortSignal.abort()), "a description"),
            isCode("QZ_CANCELLED"),
          );
          await source.describe(relation, calm());
        }),
    },
    {
      name: "closing twice is fine, and a closed source answers with a typed error",
      protects: "shutdown paths that meet",
      needs: [],
      run: async () => {
        const source = await open(testHost());
        await Promise.all([source.close(), source.close()]);
        await typedOnceClosed(source, relation);
      },
    },
    {
      name: "a closed source leaves no timer, socket or handle that keeps the process alive",
      protects: "an agent that does not end, and resources that add up over reconnections",
      needs: [],
      run: () =>
        leavesNothing(() =>
          withSource(harness, [], async (source) => {
            await source.describe(relation, calm());
          }),
        ),
    },
  ];
  return {
    cases: cases.map((each) => ({ ...each, group: "site" })),
    reasonToLeaveOut: ({ needs }) =>
      needs.includes("scan") && key.length === 0
        ? "no key of the table is known"
        : needs.find((need) => need in has && !has[need as keyof typeof has]) &&
          `the adapter has no ${needs.join(", ")}`,
  };
}
