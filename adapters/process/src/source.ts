import { QianzhiError, type AdapterHost, type ColumnRequest, type Source } from "@qianzhi/sdk";
import {
  changesPage,
  costOf,
  descriptionOf,
  horizonOf,
  isDuplicate,
  listPage,
  maximumOf,
  probeOf,
  rowReader,
  scanPage,
  ShapeError,
  summariesOf,
  type Hello,
} from "./answers.ts";
import type { Conversation } from "./conversation.ts";
import { fault, ProgramError } from "./program-error.ts";

export interface SpokenSource {
  readonly source: string;
  readonly command: string;
  readonly conversation: Conversation;
  readonly hello: Hello;
  readonly host: AdapterHost;
  readonly requestTimeoutMs: number;
}

/** Rows of one page of a listing that the program is asked for. */
const LIST_PAGE_ROWS = 1_000;

/** The methods that the program has, each one request and its answer; a listing is several. */
export function spokenSource({
  source,
  command,
  conversation,
  hello,
  host,
  requestTimeoutMs,
}: SpokenSource): Source {
  async function ask<T>(
    method: string,
    params: object,
    signal: AbortSignal,
    read: (answer: unknown) => T,
  ): Promise<T> {
    const answer = await conversation.ask(method, params, { signal, limitMs: requestTimeoutMs });
    try {
      return read(answer);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw fault({ source, command, operation: method }, new ProgramError(error.message));
    }
  }
  const rows = (columns: readonly ColumnRequest[]) => rowReader(columns, host);
  let listings = 0;

  const all: Required<Source> = {
    probe: (signal) => ask("probe", {}, signal, probeOf),
    discover: (signal) => ask("discover", {}, signal, summariesOf),
    describe: (relation, signal) => ask("describe", { relation }, signal, descriptionOf),
    scan: (request, signal) =>
      ask("scan", request, signal, (answer) =>
        scanPage(answer, rows(request.columns), request.pageRows),
      ),
    async *list(relation, columns, signal, where) {
      const listing = (listings += 1);
      const read = rows(columns);
      const page = (method: string, params: object) =>
        ask(method, { listing, ...params }, signal, (answer) =>
          listPage(answer, read, LIST_PAGE_ROWS),
        );
      let isOpen = true;
      try {
        let next = await page("list", {
          relation,
          columns,
          pageRows: LIST_PAGE_ROWS,
          ...(where === undefined ? {} : { where }),
        });
        for (;;) {
          isOpen = !next.end;
          if (next.rows.length > 0) yield { rows: next.rows };
          if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "list" });
          if (!isOpen) return;
          next = await page("next", {});
        }
      } finally {
        if (isOpen) drop(listing);
      }
    },
    changes: (relation, columns, position, signal) =>
      ask(
        "changes",
        { relation, columns, ...(position === undefined ? {} : { position }) },
        signal,
        (answer) => changesPage(answer, rows(columns)),
      ),
    horizon: (request, signal) => ask("horizon", request, signal, horizonOf),
    maximum: (relation, column, signal) => ask("maximum", { relation, column }, signal, maximumOf),
    duplicateKey: (relation, key, signal) =>
      ask("duplicateKey", { relation, key }, signal, isDuplicate),
    cost: (request, signal) => ask("cost", request, signal, costOf),
    close: () => conversation.close(),
  };

  /** Nobody waits for it: a listing that is not read to its end is no reason to wait. */
  function drop(listing: number): void {
    const { signal } = new AbortController();
    void conversation
      .ask("drop", { listing }, { signal, limitMs: requestTimeoutMs })
      .catch(() => undefined);
  }

  const offered = Object.entries(all).filter(
    ([name]) => always.has(name) || hello.methods.has(name),
  );
  return Object.fromEntries(offered) as unknown as Source;
}

const always: ReadonlySet<string> = new Set(["probe", "describe", "close"]);
