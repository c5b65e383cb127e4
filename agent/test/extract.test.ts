import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QianzhiError, type ScanPage, type ScanRequest, type Source } from "@qianzhi/sdk";
import { extract, readAhead } from "../src/pipeline/extract.ts";
import { realTimers } from "../src/world/real-world.ts";

/** A source that answers with these pages, whatever it is asked. */
function sourceOf(pages: readonly ScanPage[]): { source: Source; asked: ScanRequest[] } {
  const asked: ScanRequest[] = [];
  const left = [...pages];
  const scan = async (request: ScanRequest): Promise<ScanPage> => {
    asked.push(request);
    return left.shift()!;
  };
  return { source: { scan } as unknown as Source, asked };
}

async function read(
  pages: readonly ScanPage[],
  start: { readonly from?: readonly string[]; readonly afterRange?: boolean } = {},
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const page of extract({
    source: sourceOf(pages).source,
    request: { relation: { table: ["t"] }, columns: [{ name: "k" }], order: ["k"], pageRows: 2 },
    signal: new AbortController().signal,
    relation: "t",
    ...start,
  }))
    rows.push(...page.rows.flat());
  return rows;
}

describe("reading page by page", () => {
  it("leaves out the row at which a page starts", async () => {
    const first = { rows: [["a"], ["b"]], tied: 0, end: false };
    assert.deepEqual(await read([first, { rows: [["b"], ["c"]], tied: 1, end: true }]), [
      "a",
      "b",
      "c",
    ]);
  });

  it("reads a row whose key was written in another case since the page before", async () => {
    const first = { rows: [["a"], ["b"]], tied: 0, end: false };
    assert.deepEqual(await read([first, { rows: [["B"], ["c"]], tied: 1, end: true }]), [
      "a",
      "b",
      "B",
      "c",
    ]);
  });

  it("leaves to the range before what the source holds equal to its end", async () => {
    const page = { rows: [["B"], ["c"]], tied: 1, end: true };
    assert.deepEqual(await read([page], { from: ["b"], afterRange: true }), ["c"]);
  });

  it("refuses two rows that the source holds equal", async () => {
    const page = { rows: [["b"], ["B"], ["c"]], tied: 2, end: true };
    await assert.rejects(
      read([page], { from: ["b"] }),
      (error: unknown) => QianzhiError.is(error) && error.code === "QZ_KEY_NOT_UNIQUE",
    );
  });

  for (const [what, second] of [
    ["ends where it began", { rows: [["a"], ["b"]], tied: 0, end: false }],
    ["holds the row alone at which it starts", { rows: [["b"]], tied: 1, end: false }],
    ["is empty", { rows: [], tied: 0, end: false }],
  ] as const)
    it(`refuses a page that ${what} and is not the last, instead of asking for it without end`, async () => {
      const first = { rows: [["a"], ["b"]], tied: 0, end: false };
      await assert.rejects(
        read([first, second, { rows: [], tied: 0, end: true }]),
        (error: unknown) => QianzhiError.is(error) && error.code === "QZ_ADAPTER_FAULT",
      );
    });

  it("asks for no further page once it is cancelled, whatever the adapter makes of the signal", async () => {
    const stop = new AbortController();
    const { source, asked } = sourceOf([
      { rows: [["a"], ["b"]], tied: 0, end: false },
      { rows: [["b"], ["c"]], tied: 1, end: false },
    ]);
    const request = { relation: { table: ["t"] }, columns: [{ name: "k" }], order: ["k"] };
    const pages = extract({
      source,
      request: { ...request, pageRows: 2 },
      signal: stop.signal,
      relation: "t",
    });
    await pages.next();
    stop.abort();
    await assert.rejects(
      pages.next(),
      (error: unknown) => QianzhiError.is(error) && error.code === "QZ_CANCELLED",
    );
    assert.equal(asked.length, 2);
  });
});

it("has the next page asked for before a page is worked on, so that the source does not rest meanwhile", async () => {
  let sent = 0;
  const pages = (async function* () {
    for (let page = 1; page <= 3; page += 1) {
      // What lies between a reader and the driver: care, order of statements, time-outs.
      for (let step = 0; step < 20; step += 1) await Promise.resolve();
      sent = page;
      yield page;
    }
  })();
  const seen: [page: number, sent: number][] = [];
  for await (const page of readAhead(pages, realTimers)) seen.push([page, sent]);
  assert.deepEqual(seen, [
    [1, 2],
    [2, 3],
    [3, 3],
  ]);
});
