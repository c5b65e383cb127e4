import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { Relation, Source } from "@qianzhi/sdk";
import { isCode, promptly, untilIs } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import { calm, firsts, ids, numbered, over, withSource } from "../read.ts";
import { testHost } from "../test-host.ts";

/** Calls that are given up: by a stop of the agent, or because a page takes too long. */
export function cancelCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = ids(harness, numbered(20), "qz_feed");
  return [
    {
      name: "a call whose signal is aborted already rejects with QZ_CANCELLED, and the source goes on working",
      protects: "a graceful stop in seconds",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          for (const [method, call] of calls(source, relation))
            await assert.rejects(
              promptly(call(AbortSignal.abort()), method),
              isCode("QZ_CANCELLED"),
              method,
            );
          assert.equal((await source.describe(relation, calm())).columns.length, 1);
        }),
    },
    {
      name: "cancelling stops the statement on the server too, and the source goes on working",
      protects: "a production server that works on for a reader who has left",
      needs: ["slow statement"],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          const slow = harness.slow!;
          const stop = new AbortController();
          const read = assert.rejects(
            anyRead(source, slow.relation, stop.signal),
            isCode("QZ_CANCELLED"),
          );
          await untilIs(slow.running, 1, "running statements");
          stop.abort();
          await promptly(read, "the cancelled read");
          await untilIs(slow.running, 0, "running statements after the cancellation");
          await promptly(source.describe(relation, calm()), "the next call");
        }),
    },
    {
      name: "a call that is cancelled beside another leaves that one alone",
      protects: "a cancelled point read that stops the poll beside it",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const request = over(await harness.createTable(table), table, ["id"]);
          const stop = new AbortController();
          const [first, second, third] = [
            source.scan(request, calm()),
            source.scan(request, stop.signal),
            source.scan(request, calm()),
          ];
          const others = Promise.all([first, third]);
          others.catch(() => undefined);
          const cancelled = assert.rejects(promptly(second, "cancelled"), isCode("QZ_CANCELLED"));
          stop.abort();
          await cancelled;
          for (const page of await others)
            assert.deepEqual(firsts(page.rows), numbered(20).map(Number));
        }),
    },
    {
      name: "a signal keeps nothing of the calls that were made with it",
      protects: "one signal lives as long as the agent, over millions of calls",
      needs: [],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          const { signal } = new AbortController();
          for (let round = 0; round < 20; round++)
            for (const [, call] of calls(source, relation)) await call(signal);
          assert.equal(getEventListeners(signal, "abort").length, 0, "listeners are left");
        }),
    },
    {
      name: "opening gives up when the agent stops",
      protects: "a stop that waits for an address that does not answer",
      needs: [],
      run: () =>
        assert.rejects(async () => {
          const opening = harness.open(testHost({ signal: AbortSignal.abort() }));
          await (await promptly(opening, "opening")).close();
        }, isCode("QZ_CANCELLED")),
    },
  ];
}

/** One call of each method that the source has and that needs nothing but a relation with the column `id`. */
function calls(
  source: Source,
  relation: Relation,
): readonly (readonly [string, (signal: AbortSignal) => Promise<unknown>])[] {
  const request = { relation, columns: [{ name: "id" }], order: ["id"], pageRows: 5 };
  const { scan, list, changes } = source;
  return [
    ["probe", (signal) => source.probe(signal)],
    ["describe", (signal) => source.describe(relation, signal)],
    ...(source.discover ? [["discover", (s: AbortSignal) => source.discover!(s)] as const] : []),
    ...(scan ? [["scan", (s: AbortSignal) => source.scan!(request, s)] as const] : []),
    ...(list ? [["list", (s: AbortSignal) => anyList(source, relation, "id", s)] as const] : []),
    ...(changes
      ? [
          [
            "changes",
            (s: AbortSignal) => source.changes!(relation, request.columns, undefined, s),
          ] as const,
        ]
      : []),
    ...(source.duplicateKey
      ? [["duplicateKey", (s: AbortSignal) => source.duplicateKey!(relation, ["id"], s)] as const]
      : []),
    ...(source.maximum
      ? [["maximum", (s: AbortSignal) => source.maximum!(relation, "id", s)] as const]
      : []),
    ...(source.cost ? [["cost", (s: AbortSignal) => source.cost!(request, s)] as const] : []),
  ];
}

/** Reads the column `n` in whichever way the source can. */
async function anyRead(source: Source, relation: Relation, signal: AbortSignal): Promise<unknown> {
  if (source.scan !== undefined)
    return source.scan({ relation, columns: [{ name: "n" }], order: [], pageRows: 1 }, signal);
  assert.ok(source.list, "there is scan or list");
  return anyList(source, relation, "n", signal);
}

async function anyList(
  source: Source,
  relation: Relation,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  for await (const page of source.list!(relation, [{ name }], signal)) void page;
}
