import { _, Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { Item, ResourceDescriptor } from "../descriptor/descriptor.ts";
import type { ReasonCode } from "../reasons/reason-texts.ts";
import type { JsonRecord, RefusalReason } from "../wire/wire.ts";
import { ajvFormats } from "./ajv-formats.ts";
import { nothing, rangeChecks, type ItemCheck } from "./checks.ts";
import { itemReason, strangeItemReason } from "./reasons.ts";
import { recordSchema, sharedItems, type Schema } from "./record-schema.ts";

/** The checks of the records of one descriptor; what they mean is told at {@link CompiledResource}. */
export interface Validators {
  validate(record: JsonRecord): readonly RefusalReason[];
  validateCanonical(record: JsonRecord): readonly RefusalReason[];
}

/** Compiles the check of records: Ajv by the record's schema, then what a schema cannot say. */
export function compileValidators(descriptor: ResourceDescriptor): Validators {
  const schema = recordSchema(descriptor);
  const items = new Map(descriptor.items.map((item) => [item.identifier, item]));
  const checks = rangeChecks(sharedItems(descriptor));
  let thorough: ValidateFunction | undefined;
  // Each is compiled when a first record needs it.
  const validator = (quick: () => Schema) => {
    let fits: ValidateFunction | undefined;
    return (record: JsonRecord): readonly RefusalReason[] => {
      fits ??= quickAjv().compile(quick());
      if (fits(record) && passes(checks, record)) return nothing;
      // It goes on after the first error.
      thorough ??= newAjv({ allErrors: true }).compile(schema);
      const reasons = thorough(record) ? [] : explain(thorough.errors ?? [], record, items);
      const named = new Set(reasons.map(({ item }) => item));
      return [...reasons, ...checkReasons(checks, record).filter(({ item }) => !named.has(item))];
    };
  };
  const quick = inCodeUnits(schema);
  return {
    validate: validator(() => quick),
    validateCanonical: validator(() => withoutForms(quick, items)),
  };
}

/** Types of which the form is more than the type of the value and the words that the descriptor has of it. */
const formed: ReadonlySet<Item["type"]> = new Set(["decimal", "datetime", "time"]);

/**
 * The same schema without the forms that a canonicaliser gives, and without a look for items that the descriptor has not,
 * of which there is no canonicaliser: to look for them again takes a twentieth of the whole path.
 */
function withoutForms(schema: Schema, items: ReadonlyMap<string, Item>): Schema {
  const properties = Object.entries(schema["properties"] as Readonly<Record<string, Schema>>);
  const bare = properties.map(([identifier, { format: _format, pattern, ...rest }]) => [
    identifier,
    pattern === undefined || formed.has(items.get(identifier)!.type) ? rest : { ...rest, pattern },
  ]);
  const { additionalProperties: _, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(bare) };
}

const newAjv = (options: { readonly allErrors: boolean }): Ajv2020 =>
  new Ajv2020({
    ...options,
    strict: false,
    // Made here from a checked descriptor; compiling the schema of schemas takes longer than compiling this one.
    validateSchema: false,
    formats: { ...ajvFormats },
    code: { optimize: 2 },
  });

/** With two words of its own, which count as strings do: in code units. */
function quickAjv(): Ajv2020 {
  const ajv = newAjv({ allErrors: false });
  for (const [keyword, outside] of [
    ["maxUnits", operators.GT],
    ["minUnits", operators.LT],
  ] as const)
    ajv.addKeyword({
      keyword,
      type: "string",
      schemaType: "number",
      code: (context) => context.fail(_`${context.data}.length ${outside} ${context.schemaCode}`),
    });
  return ajv;
}

const operators = { GT: _`>`, LT: _`<` };

/**
 * The same schema, quicker and a little stricter: to count code points takes a twentieth of the whole path. A text never has
 * fewer units than points, so what is short enough in units is so in points; what is not is looked at thoroughly.
 */
function inCodeUnits(schema: Schema): Schema {
  const properties = Object.entries(schema["properties"] as Readonly<Record<string, Schema>>);
  const quick = properties.map(([identifier, { minLength, maxLength, ...rest }]) => [
    identifier,
    {
      ...rest,
      // One point is one unit at least; of two points that says nothing.
      ...(minLength === undefined ? {} : minLength === 1 ? { minUnits: 1 } : { minLength }),
      ...(maxLength === undefined ? {} : { maxUnits: maxLength }),
    },
  ]);
  return { ...schema, properties: Object.fromEntries(quick) };
}

function passes(checks: readonly ItemCheck[], record: JsonRecord): boolean {
  for (const { item, wrong } of checks)
    if (wrong(record[item.identifier]) !== undefined) return false;
  return true;
}

const checkReasons = (checks: readonly ItemCheck[], record: JsonRecord): readonly RefusalReason[] =>
  checks.flatMap(({ item, wrong }) => {
    const value = record[item.identifier];
    const code = wrong(value);
    return code === undefined ? [] : [itemReason(item, code, value)];
  });

/** One reason an item: the first word of the schema that it breaks says enough. */
function explain(
  errors: readonly ErrorObject[],
  record: JsonRecord,
  items: ReadonlyMap<string, Item>,
): readonly RefusalReason[] {
  const reasons = new Map<string, RefusalReason>();
  for (const error of errors) {
    const parameters = error.params as Readonly<Record<string, unknown>>;
    const identifier =
      error.instancePath === ""
        ? String(parameters["missingProperty"] ?? parameters["additionalProperty"] ?? "")
        : error.instancePath.slice(1);
    if (reasons.has(identifier)) continue;
    const item = items.get(identifier);
    reasons.set(
      identifier,
      item === undefined ? strangeItemReason(identifier) : reasonOf(error, item, record),
    );
  }
  return [...reasons.values()];
}

// The value of an item that may not be shared is not shown, whatever its sensitivity.
const reasonOf = (error: ErrorObject, item: Item, record: JsonRecord): RefusalReason =>
  itemReason(
    item,
    codeOf(error, item),
    item.share === "none" ? undefined : record[item.identifier],
  );

function codeOf(error: ErrorObject, item: Item): ReasonCode {
  const isText = item.type === "string" || item.type === "text";
  switch (error.keyword) {
    case "required":
      return "QZ_REQUIRED";
    case "additionalProperties":
      return "QZ_ITEM_WITHHELD";
    case "type":
      return "QZ_TYPE";
    case "maxLength":
      return "QZ_TOO_LONG";
    case "minLength":
      return (item.minLength ?? 0) > 1 ? "QZ_TOO_SHORT" : "QZ_NOT_CANONICAL";
    case "enum":
      return "QZ_CODE_UNKNOWN";
    case "minimum":
      return item.minimum === undefined ? "QZ_NOT_CANONICAL" : "QZ_RANGE";
    case "maximum":
      return item.maximum === undefined ? "QZ_NOT_CANONICAL" : "QZ_RANGE";
    case "format":
      return isText ? "QZ_TEXT_INVALID" : "QZ_NOT_CANONICAL";
    case "pattern":
      if (!isText) return "QZ_NOT_CANONICAL";
      return error.schemaPath.includes("/allOf/") ? "QZ_FORMAT" : "QZ_PATTERN";
    default:
      return "QZ_NOT_CANONICAL";
  }
}
