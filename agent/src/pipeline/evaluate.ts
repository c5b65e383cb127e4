import {
  reasonTexts,
  type CompiledResource,
  type JsonRecord,
  type RawRow,
  type RefusalReason,
} from "@qianzhi/sdk";
import type { RowMapper } from "./map.ts";

/** What became of one row: a record that may be sent, or the reasons why it may not. */
export interface Evaluation {
  /** Canonical key text; null when the key itself cannot be made. */
  readonly key: string | null;
  /** Canonical record text; null when refused. */
  readonly text: string | null;
  readonly reasons: readonly RefusalReason[];
  /** Of a refused row, as far as it could be mapped: for the quarantine. */
  readonly record?: JsonRecord;
}

/** A line's own words, and the manifest before it, take less. */
const ROOM_BYTES = 4 * 1024;
/** Bytes that one UTF-16 unit takes in UTF-8 at most. */
const UTF8_BYTES = 3;

/**
 * map → validate → encode for one row. Compiled once per pipeline; runs for every changed row. A record that fits in no
 * batch is refused here, where every way of reading sees it: the others go on.
 *
 * @param batchBytes Uncompressed bytes of one batch.
 */
export function compileEvaluator(
  resource: CompiledResource,
  mapper: RowMapper,
  batchBytes: number,
): (row: RawRow) => Evaluation {
  const keyItems = resource.descriptor.key;
  const most = batchBytes - ROOM_BYTES;
  const isTooLarge = (text: string): boolean =>
    text.length * UTF8_BYTES > most && Buffer.byteLength(text) > most;
  return (row) => {
    const { record, reasons } = mapper.map(row);
    // A record with a misfit is validated too, so that a person sees every reason at once.
    const refusals = resource.validateCanonical(record);
    if (reasons === undefined && refusals.length === 0) {
      const key = resource.encodeKey(record);
      const text = resource.encode(record);
      if (!isTooLarge(text)) return { key, text, reasons: refusals };
      // Quarantine is no place for what fits nowhere: the key tells which row it is.
      const keyed = Object.fromEntries(keyItems.map((item) => [item, record[item]]));
      return { key, text: null, reasons: [tooLarge], record: keyed as JsonRecord };
    }
    const misfits = new Set(reasons?.map((reason) => reason.item));
    const all = [...(reasons ?? []), ...refusals.filter((refusal) => !misfits.has(refusal.item))];
    const keyed = keyItems.length > 0 && keyItems.every((item) => record[item] !== undefined);
    return { key: keyed ? resource.encodeKey(record) : null, text: null, reasons: all, record };
  };
}

const tooLarge: RefusalReason = {
  code: "QZ_BATCH_TOO_LARGE",
  message: reasonTexts.QZ_BATCH_TOO_LARGE.en,
};
