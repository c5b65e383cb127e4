import { codeTable } from "../codes/code-tables.ts";
import type { Item, ResourceDescriptor } from "../descriptor/descriptor.ts";
import { nationalFormat } from "../formats/national-formats.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** The items that may leave the site, in identifier order. */
export const sharedItems = (descriptor: ResourceDescriptor): readonly Item[] =>
  descriptor.items
    .filter((item) => item.share !== "none")
    .sort((one, other) => (one.identifier < other.identifier ? -1 : 1));

/** True for key items, which are required without saying so, and items that say so. */
export const isRequired = (descriptor: ResourceDescriptor, item: Item): boolean =>
  item.required === true || descriptor.key.includes(item.identifier);

/** The codes that an item allows, by code; undefined when it names none or a table that is not known. */
export function codesOf(item: Item): ReadonlyMap<string, string> | undefined {
  if (item.codes === undefined) return undefined;
  if (typeof item.codes === "string") return codeTable(item.codes)?.codes;
  return new Map(item.codes.map(({ code, name }) => [code, name]));
}

/**
 * The JSON Schema 2020-12 of a canonical record. `format` words beside the standard ones are annotations; what JSON
 * Schema cannot say (ranges of decimals, that a day exists) `validate` checks besides.
 */
export function recordSchema(descriptor: ResourceDescriptor): Schema {
  const items = sharedItems(descriptor);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: descriptor.name,
    ...(descriptor.abstract === undefined ? {} : { description: descriptor.abstract }),
    type: "object",
    properties: Object.fromEntries(items.map((item) => [item.identifier, itemSchema(item)])),
    required: items.filter((item) => isRequired(descriptor, item)).map((item) => item.identifier),
    additionalProperties: false,
  };
}

function itemSchema(item: Item): Schema {
  const title =
    item.description === undefined
      ? { title: item.name }
      : { title: item.name, description: item.description };
  return { ...title, ...typeSchema(item) };
}

/** Not `-00:00`, by which RFC 3339 says that the offset is not known. */
const offsetPattern = "(?!-00:00)[+-]\\d{2}:\\d{2}";

function typeSchema(item: Item): Schema {
  const fraction =
    item.fraction === undefined || item.fraction === 0 ? "" : `\\.\\d{${item.fraction}}`;
  switch (item.type) {
    case "string":
    case "text":
      return textSchema(item);
    case "integer":
      return integerSchema(item);
    case "decimal":
      return { type: "string", pattern: decimalPattern(item) };
    case "double":
      return { type: "number", ...numericRange(item) };
    case "boolean":
      return { type: "boolean" };
    case "date":
      return { type: "string", format: "date" };
    case "datetime":
      return {
        type: "string",
        format: "date-time",
        pattern: `T\\d{2}:\\d{2}:\\d{2}${fraction}${offsetPattern}$`,
      };
    case "time":
      return {
        type: "string",
        format: "time",
        pattern: `^\\d{2}:\\d{2}:\\d{2}${fraction}${offsetPattern}$`,
      };
    case "binary":
      return { type: "string", contentEncoding: "base64", format: "base64" };
    case "json":
      return { type: "string", contentMediaType: "application/json", format: "canonical-json" };
    case "geometry":
      return {
        type: "string",
        contentMediaType: "application/geo+json",
        format: "canonical-geometry",
      };
  }
}

function textSchema(item: Item): Schema {
  const codes = codesOf(item);
  const shape = nationalFormat(item.format)?.shape.source;
  return {
    type: "string",
    // Codes and shapes leave no room for half characters.
    ...(codes === undefined && shape === undefined ? { format: "whole-text" } : {}),
    minLength: Math.max(1, item.minLength ?? 1),
    ...(item.maxLength === undefined ? {} : { maxLength: item.maxLength }),
    ...(item.pattern === undefined ? {} : { pattern: item.pattern }),
    ...(shape === undefined ? {} : { allOf: [{ pattern: shape }] }),
    ...(codes === undefined ? {} : { enum: [...codes.keys()] }),
  };
}

const safe = Number.MAX_SAFE_INTEGER;

function integerSchema(item: Item): Schema {
  const lower = Number(item.minimum ?? -safe);
  const upper = Number(item.maximum ?? safe);
  return {
    type: ["integer", "string"],
    minimum: Math.max(-safe, lower),
    maximum: Math.min(safe, upper),
    pattern: "^-?[1-9]\\d{15,}$",
  };
}

function numericRange(item: Item): Schema {
  return {
    ...(item.minimum === undefined ? {} : { minimum: Number(item.minimum) }),
    ...(item.maximum === undefined ? {} : { maximum: Number(item.maximum) }),
  };
}

function decimalPattern(item: Item): string {
  const scale = item.scale ?? 0;
  const whole = (item.precision ?? 38) - scale;
  const point = scale === 0 ? "" : `\\.\\d{${scale}}`;
  const digits = whole < 1 ? "0" : `(?:0|[1-9]\\d{0,${whole - 1}})`;
  return `^(?!-0${scale === 0 ? "" : "\\.0+"}$)-?${digits}${point}$`;
}
