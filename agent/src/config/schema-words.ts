import { durationPattern, sizePattern } from "./units.ts";

/** A JSON Schema whose properties carry their reference text: `description` in English, `zh` in Chinese. */
export type DescribedSchema = Readonly<Record<string, unknown>>;

/** What an optional property is when it is left out, for the reference page and editors. */
type More = Readonly<Record<string, unknown>>;

const described = (schema: More, [description, zh]: Words, more: More = {}): DescribedSchema => ({
  ...schema,
  description,
  zh,
  ...more,
});

export type Words = readonly [en: string, zh: string];

export const text = (words: Words, more?: More): DescribedSchema =>
  described({ type: "string", minLength: 1 }, words, more);

export const name = (words: Words, more?: More): DescribedSchema =>
  described({ type: "string", pattern: namePattern, expects: nameWords }, words, more);

export const oneOfWords = (values: readonly string[], words: Words, more?: More): DescribedSchema =>
  described({ type: "string", enum: values }, words, more);

export const integer = (
  bounds: readonly [minimum: number, maximum: number],
  words: Words,
  more?: More,
): DescribedSchema =>
  described({ type: "integer", minimum: bounds[0], maximum: bounds[1] }, words, more);

export const flag = (words: Words, more?: More): DescribedSchema =>
  described({ type: "boolean" }, words, more);

export const duration = (words: Words, more?: More): DescribedSchema =>
  described(
    {
      type: "string",
      pattern: durationPattern,
      expects: [
        "must be a duration such as 500ms, 5s, 10m, 2h or 7d",
        "应为时长，如 500ms、5s、10m、2h、7d",
      ],
    },
    words,
    more,
  );

export const size = (words: Words, more?: More): DescribedSchema =>
  described(
    {
      type: "string",
      pattern: sizePattern,
      expects: ["must be a size such as 512MiB or 10GiB", "应为容量，如 512MiB、10GiB"],
    },
    words,
    more,
  );

export const list = (items: DescribedSchema, words: Words, more?: More): DescribedSchema =>
  described({ type: "array", items }, words, more);

/** Names chosen by the site, each with the same kind of value. */
export const named = (value: DescribedSchema, words: Words): DescribedSchema =>
  described(
    {
      type: "object",
      propertyNames: { pattern: namePattern, expects: nameWords },
      additionalProperties: value,
    },
    words,
  );

export const group = (
  properties: Readonly<Record<string, DescribedSchema>>,
  required: readonly string[],
  words: Words,
  more?: More,
): DescribedSchema =>
  described({ type: "object", additionalProperties: false, required, properties }, words, more);

/** A secret: the text itself, or where to find it. */
export const secret = (words: Words): DescribedSchema =>
  described(
    {
      anyOf: [
        { type: "string", minLength: 1 },
        {
          type: "object",
          additionalProperties: false,
          required: ["env"],
          properties: { env: { type: "string", minLength: 1 } },
        },
        {
          type: "object",
          additionalProperties: false,
          required: ["file"],
          properties: { file: { type: "string", minLength: 1 } },
        },
      ],
    },
    words,
  );

/** Source, pipeline and item may each declare what texts really hold. */
export const textCharset = {
  charset: text([
    "What the bytes of texts really are (`gbk`), when the database declares another charset. The item's goes before the pipeline's, and that before the source's.",
    "文本字节的真实字符集（如 `gbk`），当数据库声明有误时填写。信息项的声明优先于任务，任务优先于数据源。",
  ]),
  readAs: oneOfWords(
    ["latin1"],
    [
      "The driver gives no bytes, but texts misread as latin1 (`ÖØÇì` for 重庆): take the bytes back from them.",
      "驱动给不出字节，只有被误读为 latin1 的文本（重庆显示为 `ÖØÇì`）：从中还原字节。",
    ],
  ),
};

/** Names travel in addresses and file names, so they are plain. */
const namePattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
const nameWords: Words = [
  "a name begins with a letter and holds letters, digits, _ and - only (at most 64)",
  "名称以字母开头，只含字母、数字、_ 和 -（最多 64 个字符）",
];
