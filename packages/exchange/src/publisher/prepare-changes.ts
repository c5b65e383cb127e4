import type { CompiledResource, JsonRecord, RefusalReason } from "@qianzhi/sdk";
import type { KeyedChange } from "./published-index.ts";

/** One change as a program hands it over. */
export type ChangeInput<R = JsonRecord, K = JsonRecord> =
  | { readonly upsert: R; readonly delete?: undefined }
  | { readonly delete: K; readonly upsert?: undefined };

/** A change in canonical texts, with its place in what was handed over. */
export interface PreparedChange extends KeyedChange {
  readonly index: number;
}

export interface InvalidChange {
  readonly index: number;
  /** Present when at least the key could be formed. */
  readonly keyText?: string;
  /** What was handed over, as far as it can be written down. */
  readonly recordText: string;
  readonly reasons: readonly RefusalReason[];
}

export type Prepared = PreparedChange | InvalidChange;

export const isInvalid = (change: Prepared): change is InvalidChange => "reasons" in change;

/** Brings a change into canonical form and checks it, or says by item why it cannot be sent. */
export function prepareChange(
  resource: CompiledResource,
  change: ChangeInput,
  index: number,
): Prepared {
  if ((change.upsert === undefined) === (change.delete === undefined))
    return { index, recordText: written(change), reasons: [ambiguous] };
  return change.upsert === undefined
    ? prepareDelete(resource, change.delete, index)
    : prepareUpsert(resource, change.upsert, index);
}

/** One of the two would be lost without a word. */
const ambiguous: RefusalReason = {
  code: "QZ_REQUIRED",
  message: "a change is either an upsert or a delete",
};

function prepareUpsert(resource: CompiledResource, input: JsonRecord, index: number): Prepared {
  const canonical = resource.canonicalise(input);
  const reasons =
    "reasons" in canonical ? canonical.reasons : resource.validateCanonical(canonical.record);
  if (reasons.length === 0 && "record" in canonical) {
    const { record } = canonical;
    return { index, keyText: resource.encodeKey(record), recordText: resource.encode(record) };
  }
  const keyText = keyTextOf(resource, input);
  return {
    index,
    ...(keyText === undefined ? {} : { keyText }),
    recordText: written(input),
    reasons,
  };
}

function prepareDelete(resource: CompiledResource, key: JsonRecord, index: number): Prepared {
  const keyText = keyTextOf(resource, key);
  if (keyText !== undefined) return { index, keyText };
  const canonical = resource.canonicalise(key);
  const reasons = "reasons" in canonical ? canonical.reasons : [];
  const missing = {
    code: "QZ_REQUIRED",
    message: `the key needs ${resource.descriptor.key.join(", ")}`,
  };
  return { index, recordText: written(key), reasons: reasons.length > 0 ? reasons : [missing] };
}

/** The key text when all key items have a canonical value, whatever the other items are like. */
function keyTextOf(resource: CompiledResource, input: JsonRecord): string | undefined {
  const { key } = resource.descriptor;
  const canonical = resource.canonicalise(
    Object.fromEntries(key.map((item) => [item, input[item]])),
  );
  if ("reasons" in canonical) return undefined;
  const { record } = canonical as { record: JsonRecord };
  return key.every((item) => record[item] !== undefined) ? resource.encodeKey(record) : undefined;
}

function written(input: object): string {
  try {
    return (
      JSON.stringify(input, (_, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      ) ?? ""
    );
  } catch {
    // A cyclic or otherwise unwritable value: the reasons say what was wrong with it.
    return "";
  }
}
