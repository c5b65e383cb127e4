import type { ResourceDescriptor } from "../descriptor/descriptor.ts";
import type { JsonRecord, RefusalReason } from "../wire/wire.ts";

/** Everything that follows from a descriptor, compiled once and used for every record. */
export interface CompiledResource<R extends JsonRecord = JsonRecord> {
  readonly descriptor: ResourceDescriptor;
  /** JSON Schema 2020-12 of a canonical record. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /**
   * Brings an application's record into canonical form (see docs/protocol.md), or says by item why it cannot.
   * Unknown items are refused; items with share `none` are left out.
   */
  canonicalise(
    input: Readonly<Record<string, unknown>>,
  ): { readonly record: R } | { readonly reasons: readonly RefusalReason[] };
  /** Checks a canonical record against types, lengths, ranges, codes and formats; empty when it fits. Sensitive values masked. */
  validate(record: JsonRecord): readonly RefusalReason[];
  /**
   * The same for a record whose values a canonicaliser of the descriptor's items gave, by `canonicalise` or one by one:
   * their forms are not looked at again.
   */
  validateCanonical(record: JsonRecord): readonly RefusalReason[];
  /** Findings that do not refuse a record: a wrong check digit. Empty for most records. */
  findings(record: JsonRecord): readonly RefusalReason[];
  /** The canonical JSON text of a canonical record, its items in identifier order. */
  encode(record: JsonRecord): string;
  /** The canonical JSON text of the record's key: of the whole record where the descriptor has no key. */
  encodeKey(record: JsonRecord): string;
}
