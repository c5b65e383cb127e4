import { canonicaliser, type CanonicalOptions } from "../canonical/canonicaliser.ts";
import { isRefused } from "../canonical/refused.ts";
import type { ResourceDescriptor } from "../descriptor/descriptor.ts";
import type { RecordOf } from "../descriptor/record-of.ts";
import type { RefusalReason } from "../wire/wire.ts";
import { compileFindings } from "./checks.ts";
import { compileValidators } from "./compile-validator.ts";
import type { CompiledResource } from "./compiled-resource.ts";
import { compileEncoder, compileKeyEncoder } from "./encode.ts";
import { itemReason, strangeItemReason } from "./reasons.ts";
import { recordSchema, sharedItems } from "./record-schema.ts";

/** Times without zone are taken in China's one offset unless the source says otherwise. */
export const defaultOffset = "+08:00";

/**
 * Compiles a descriptor that `defineResource` or `parseDescriptor` has checked. `offset` and `undeclaredCrs` serve
 * `canonicalise` alone; QZ_OFFSET_INVALID when `offset` is none.
 */
export function compileResource<const D extends ResourceDescriptor>(
  descriptor: D,
  options: Partial<CanonicalOptions> = {},
): CompiledResource<RecordOf<D>> {
  const items = sharedItems(descriptor);
  const encode = compileEncoder(items.map((item) => item.identifier));
  return {
    descriptor,
    jsonSchema: recordSchema(descriptor),
    canonicalise: compileCanonicalise(descriptor, { offset: defaultOffset, ...options }),
    ...compileValidators(descriptor),
    findings: compileFindings(items),
    encode,
    // A record that nothing identifies is identified by the whole of it.
    encodeKey: descriptor.key.length === 0 ? encode : compileKeyEncoder(descriptor.key),
  };
}

type Canonicalise<R> = (
  input: Readonly<Record<string, unknown>>,
) => { readonly record: R } | { readonly reasons: readonly RefusalReason[] };

function compileCanonicalise<D extends ResourceDescriptor>(
  descriptor: D,
  options: CanonicalOptions,
): Canonicalise<RecordOf<D>> {
  const known = new Set(descriptor.items.map((item) => item.identifier));
  const steps = sharedItems(descriptor).map((item) => ({
    item,
    canonical: canonicaliser(item, options),
  }));
  return (input) => {
    const reasons = Object.keys(input)
      .filter((name) => !known.has(name))
      .map(strangeItemReason);
    const record: Record<string, unknown> = {};
    for (const { item, canonical } of steps) {
      const value = canonical(input[item.identifier]);
      if (isRefused(value)) reasons.push(itemReason(item, value.code, input[item.identifier]));
      else if (value !== null) record[item.identifier] = value;
    }
    // What the steps wrote is the record of this descriptor, which the compiler cannot follow.
    return reasons.length > 0 ? { reasons } : { record: record as RecordOf<D> };
  };
}
