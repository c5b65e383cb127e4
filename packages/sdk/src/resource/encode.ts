import type { CanonicalValue } from "../canonical/refused.ts";
import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { JsonRecord } from "../wire/wire.ts";

/**
 * Compiles the canonical encoder of some items: their members in identifier order, absent ones left out, everything
 * else in the record ignored. Records whose members already stand in that order, as those of a mapper do, are written
 * by JSON.stringify as they are; others are brought into order first.
 */
export function compileEncoder(identifiers: readonly string[]): (record: JsonRecord) => string {
  const ordered = [...identifiers].sort();
  const places = new Map(ordered.map((identifier, place) => [identifier, place]));
  const isOrdered = (record: JsonRecord): boolean => {
    let last = -1;
    for (const identifier in record) {
      const place = places.get(identifier);
      if (place === undefined || place < last || record[identifier] === null) return false;
      last = place;
    }
    return true;
  };
  return (record) => {
    if (isOrdered(record)) return JSON.stringify(record);
    const inOrder: Record<string, CanonicalValue> = {};
    for (const identifier of ordered) {
      const value = record[identifier];
      if (value !== undefined && value !== null) inOrder[identifier] = value as CanonicalValue;
    }
    return JSON.stringify(inOrder);
  };
}

/** Compiles the canonical encoder of a key: the same text, from a record that holds other items as well. */
export function compileKeyEncoder(identifiers: readonly string[]): (record: JsonRecord) => string {
  if (identifiers.length === 0)
    throw new QianzhiError("QZ_INTERNAL", { problem: "a key without items" });
  const parts = [...identifiers].sort().map((identifier, place) => ({
    identifier,
    lead: `${place === 0 ? "{" : ","}${JSON.stringify(identifier)}:`,
  }));
  return (record) => {
    let text = "";
    for (const { identifier, lead } of parts) {
      const value = record[identifier];
      if (value === undefined || value === null)
        throw new QianzhiError("QZ_KEY_NULL", { column: identifier });
      text += lead + JSON.stringify(value);
    }
    return `${text}}`;
  };
}
