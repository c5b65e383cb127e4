import type { CompiledResource, JsonRecord, RefusalReason } from "@qianzhi/sdk";
import { parseObject, type Change } from "./read-batch.ts";

/** A change that fits its descriptor, with its key; or why it does not. */
export type Judgement =
  | { readonly keyText: string; readonly reasons?: undefined }
  | { readonly keyText: string | undefined; readonly reasons: readonly RefusalReason[] };

/** Checks one change by itself: canonical to the byte, allowed to leave its site, fitting the descriptor. */
export function judge(resource: CompiledResource, change: Change): Judgement {
  const value = parseObject(change.text);
  if (value === undefined) return notCanonical(undefined, "not a JSON object");
  // Nothing in a record is nested, and what is nested deep enough would exhaust the stack of whatever walks it.
  const nested = Object.values(value).some((each) => typeof each === "object" && each !== null);
  if (nested) return notCanonical(undefined, "a value is an object or a list");
  return change.op === "delete"
    ? judgeKey(resource, value, change.text)
    : judgeRecord(resource, value, change.text);
}

function judgeKey(resource: CompiledResource, key: JsonRecord, text: string): Judgement {
  const missing = resource.descriptor.key.some(
    (item) => key[item] === undefined || key[item] === null,
  );
  if (missing) return notCanonical(undefined, "the key is not complete");
  const keyText = resource.encodeKey(key);
  return keyText === text ? { keyText } : notCanonical(keyText, "the key is not in canonical form");
}

function judgeRecord(resource: CompiledResource, record: JsonRecord, text: string): Judgement {
  const { descriptor } = resource;
  // Without a key the whole record is its key, if it is written as it should be.
  const keyed = descriptor.key.every((item) => record[item] !== undefined && record[item] !== null);
  const keyText = keyed ? resource.encodeKey(record) : undefined;
  const withheld = descriptor.items.filter(
    (item) => item.share === "none" && item.identifier in record,
  );
  if (withheld.length > 0) {
    const reasons = withheld.map(({ identifier, name }) => ({
      item: identifier,
      code: "QZ_POLICY_WITHHELD",
      message: `${name} (${identifier}): may not be shared`,
    }));
    return { keyText, reasons };
  }
  const reasons = resource.validate(record);
  if (reasons.length > 0) return { keyText, reasons: reasons.map(withoutValue) };
  if (resource.encode(record) !== text)
    return notCanonical(keyText, "the record is not in canonical form");
  return keyText === undefined ? notCanonical(undefined, "the key is not complete") : { keyText };
}

/** The check shows its own site what stands there, at the end of a message and masked; a receipt shows nothing. */
const withoutValue = (reason: RefusalReason): RefusalReason => ({
  ...reason,
  message: reason.message.replace(/ \[[^[\]]*\]$/, ""),
});

function notCanonical(keyText: string | undefined, message: string): Judgement {
  return { keyText, reasons: [{ code: "QZ_NOT_CANONICAL", message }] };
}
