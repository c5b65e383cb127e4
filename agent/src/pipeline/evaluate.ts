import type { CompiledResource, JsonRecord, RawRow, RefusalReason } from "@qianzhi/sdk";
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

/** map → validate → encode for one row. Compiled once per pipeline; runs for every changed row. */
export function compileEvaluator(
  resource: CompiledResource,
  mapper: RowMapper,
): (row: RawRow) => Evaluation {
  const keyItems = resource.descriptor.key;
  return (row) => {
    const { record, reasons } = mapper.map(row);
    // A record with a misfit is validated too, so that a person sees every reason at once.
    const refusals = resource.validate(record);
    if (reasons === undefined && refusals.length === 0)
      return { key: resource.encodeKey(record), text: resource.encode(record), reasons: refusals };
    const misfits = new Set(reasons?.map((reason) => reason.item));
    const all = [...(reasons ?? []), ...refusals.filter((refusal) => !misfits.has(refusal.item))];
    const keyed = keyItems.length > 0 && keyItems.every((item) => record[item] !== undefined);
    return { key: keyed ? resource.encodeKey(record) : null, text: null, reasons: all, record };
  };
}
