import { QianzhiError } from "@qianzhi/sdk";
import type {
  ColumnRequest,
  PositionValue,
  RawRow,
  Relation,
  ScanPage,
  ScanRequest,
  Source,
} from "@qianzhi/sdk";
import { parseRowText, rowText } from "./row-text.ts";
import type { StagedRow, StagedRows } from "./staged-rows.ts";

/*
 * A source that can only list has no order. Its listing is copied to the local disk, and the copy is read as any other
 * source is: page by page, in an order of our own. This is the only place where the order is ours. It is that of keyed
 * hashes of the key's bytes, since the keys themselves are often people's numbers; it stays the same from run to run.
 *
 * A copy is read from only when its listing has ended. Point reads are answered from it too, until deletions are to be
 * confirmed: then from a second listing, taken after the first was read. What is absent from both is gone.
 */
export interface StageListingOptions {
  readonly source: Source;
  readonly relation: Relation;
  readonly relationName: string;
  readonly columns: readonly ColumnRequest[];
  /** Names of the key columns, for the words of an error. */
  readonly key: readonly string[];
  readonly sourceKey: (row: RawRow) => string | null;
  /** Sixteen bytes of a source key that order it. */
  readonly orderOf: (sourceKey: string) => Uint8Array;
  readonly staging: Staging;
}

/** Where copies are kept during one run; disposing removes them. */
export interface Staging extends AsyncDisposable {
  /** An empty copy; the one before is removed. */
  begin(): Promise<StagedRows>;
}

/** A source that is read through staged copies. */
export interface StagedSource extends Source {
  /** The scan has ended: from now on point reads look at the source again. */
  confirm(): void;
}

/** The source with `scan` over staged copies of its listing. */
export function stageListing(options: StageListingOptions): StagedSource {
  const { source } = options;
  let scanned: Promise<StagedRows> | undefined;
  let confirming: Promise<StagedRows> | undefined;
  let scanEnded = false;
  return {
    probe: (signal) => source.probe(signal),
    describe: (relation, signal) => source.describe(relation, signal),
    close: () => source.close(),
    confirm() {
      scanEnded = true;
    },
    async scan(request, signal) {
      if (request.keys !== undefined && scanEnded) {
        confirming ??= copyListing(options, signal);
        return pointPage(await confirming, options, request.keys.values);
      }
      if (confirming !== undefined)
        throw new QianzhiError("QZ_INTERNAL", { problem: "a scan after its confirmation" });
      scanned ??= copyListing(options, signal);
      const rows = await scanned;
      if (request.keys !== undefined) return pointPage(rows, options, request.keys.values);
      return request.nulls === undefined
        ? orderedPage(rows, options, request)
        : nullPage(rows, request.pageRows);
    },
  };
}

async function copyListing(
  { source, relation, relationName, columns, key, ...options }: StageListingOptions,
  signal: AbortSignal,
): Promise<StagedRows> {
  const copy = await options.staging.begin();
  if (source.list === undefined)
    throw new QianzhiError("QZ_ADAPTER_FAULT", { name: relationName, operation: "list" });
  const staged = (row: RawRow): StagedRow => {
    const sourceKey = options.sourceKey(row);
    return { order: sourceKey === null ? null : options.orderOf(sourceKey), text: rowText(row) };
  };
  for await (const { rows } of source.list(relation, columns, signal)) {
    if (copy.add(rows.map(staged)).length > 0)
      throw new QianzhiError("QZ_KEY_NOT_UNIQUE", { key, name: relationName });
    if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "list" });
  }
  return copy;
}

const orderOfValues = (
  { orderOf }: StageListingOptions,
  values: readonly PositionValue[],
): Uint8Array => orderOf(JSON.stringify(values));

function orderedPage(
  copy: StagedRows,
  options: StageListingOptions,
  { from: first, until: last, pageRows }: ScanRequest,
): ScanPage {
  const from = first === undefined ? undefined : orderOfValues(options, first);
  const rows = copy.range({
    ...(from === undefined ? {} : { from }),
    ...(last === undefined
      ? {}
      : { until: { order: orderOfValues(options, last.values), inclusive: last.inclusive } }),
    limit: pageRows + 1,
  });
  const order = rows[0]?.order;
  const isTied =
    from !== undefined && order instanceof Uint8Array && Buffer.compare(order, from) === 0;
  return {
    rows: rows.slice(0, pageRows).map(({ text }) => parseRowText(text)),
    tied: isTied ? 1 : 0,
    end: rows.length <= pageRows,
  };
}

function pointPage(
  copy: StagedRows,
  options: StageListingOptions,
  keys: readonly (readonly PositionValue[])[],
): ScanPage {
  const texts = keys.map((values) => copy.at(orderOfValues(options, values)));
  const rows = texts.flatMap((text) => (text === undefined ? [] : [parseRowText(text)]));
  return { rows, tied: 0, end: true };
}

function nullPage(copy: StagedRows, pageRows: number): ScanPage {
  const texts = copy.withoutKey(pageRows + 1);
  return {
    rows: texts.slice(0, pageRows).map(parseRowText),
    tied: 0,
    end: texts.length <= pageRows,
  };
}
