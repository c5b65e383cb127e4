const name = {
  type: "string",
  pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
  expects: [
    "must be a plain name of a table or column: letters, digits and _",
    "应为普通的表名或列名：字母、数字和 _",
  ],
};

/** Names of the exchange's own, by resource. */
export const resourcesSchema = {
  type: "object",
  additionalProperties: {
    type: "object",
    additionalProperties: false,
    properties: { table: name, columns: { type: "object", additionalProperties: name } },
  },
};

const text = { type: "string", minLength: 1, maxLength: 200 };

const group = (
  properties: Readonly<Record<string, unknown>>,
  optional: readonly string[] = [],
) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((each) => !optional.includes(each)),
  properties,
});

const textColumn = (
  more: Readonly<Record<string, unknown>> = {},
  optional: readonly string[] = [],
  least = 1,
) =>
  group(
    { column: name, length: { type: "integer", minimum: least, maximum: 4000 }, ...more },
    optional,
  );

/** Hex digits of a batch's digest that its number has at least: fewer would not tell batches apart. */
const LEAST_BATCH_DIGITS = 16;

/** JSON Schema of an exchange profile. */
export const profileSchema = group(
  {
    table: {
      type: "string",
      pattern: "^[A-Za-z0-9_]*\\{resource\\}[A-Za-z0-9_]*$",
      expects: [
        "must be a plain name in which {resource} stands for the resource, such as up_{resource}",
        "应为含 {resource} 的普通表名，如 up_{resource}",
      ],
    },
    case: { type: "string", enum: ["lower", "upper"] },
    // 36 is the length of a UUID.
    row: textColumn({}, [], 36),
    operation: textColumn({ insert: text, update: text, delete: text }),
    time: group(
      {
        column: name,
        format: {
          type: "string",
          pattern: "^(?=.*yyyy)(?=.*MM)(?=.*dd)(?=.*HH)(?=.*mm)(?=.*ss)[yMdHms :/T.-]+$",
          expects: [
            "must hold yyyy, MM, dd, HH, mm and ss, such as yyyyMMddHHmmss",
            "应包含 yyyy、MM、dd、HH、mm、ss，如 yyyyMMddHHmmss",
          ],
        },
      },
      ["format"],
    ),
    batch: textColumn({}, [], LEAST_BATCH_DIGITS),
    source: textColumn(),
    serial: group({ column: name }),
    consumed: textColumn({ initial: text, done: { type: "array", minItems: 1, items: text } }, [
      "done",
    ]),
    feedback: group({
      table: name,
      id: name,
      about: name,
      row: name,
      batch: name,
      code: name,
      reason: name,
      settle: {
        type: "string",
        pattern: "^\\d{1,6}(s|m|h|d)$",
        expects: ["must be a duration such as 12h or 7d", "应为时长，如 12h、7d"],
      },
    }),
    resources: resourcesSchema,
  },
  ["case", "row", "time", "batch", "source", "serial", "consumed", "feedback", "resources"],
);
