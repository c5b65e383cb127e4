import { QianzhiError } from "../errors/qianzhi-error.ts";
import type { JsonRecord } from "../wire/wire.ts";

/** What JSON writes with a backslash; of surrogates only a lone one, which it then sorts out itself. */
const special = /["\\\0-\x1f\ud800-\udfff]/;

/**
 * Compiles the canonical encoder of some items: their members in identifier order, absent ones left out, everything
 * else in the record ignored. The text is what JSON.stringify makes of such a record, in two thirds of the time, which
 * counts: it is made of every row. Only code made for these items reads their members at the speed of a written program.
 */
export function compileEncoder(identifiers: readonly string[]): (record: JsonRecord) => string {
  const names = [...identifiers].sort().map((identifier) => JSON.stringify(identifier));
  // A text's closing quote is written with what follows it: each piece that is joined on costs 32 bytes of garbage.
  const members = names.map((name, place) => {
    const comma = place === 0 ? "" : ",";
    const lead = (end: string): string =>
      `isOpen ? ${JSON.stringify(`"${comma}${name}:${end}`)} : ${JSON.stringify(`${comma}${name}:${end}`)}`;
    return `value = record[${name}];
      if (typeof value === "string" && !special.test(value)) {
        text += ${lead('"')};
        text += value;
        isOpen = true;
      } else if (value !== undefined && value !== null) {
        text += ${lead("")};
        text += stringify(value);
        isOpen = false;
      }`;
  });
  // Without the first member a comma comes first. To look for it in the text would copy every text.
  const body = `return (record) => {
    let text = "{";
    let isOpen = false;
    let value;
    ${members.join("\n")}
    text += isOpen ? '"}' : "}";
    value = record[${names[0] ?? '""'}];
    return (value === undefined || value === null) && text !== "{}" ? "{" + text.slice(2) : text;
  }`;
  // As Ajv does it; of a descriptor nothing gets into the code but its identifiers, as JSON strings.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function("special", "stringify", body)(special, JSON.stringify) as (
    record: JsonRecord,
  ) => string;
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
