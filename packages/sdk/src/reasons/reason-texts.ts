import type { Item } from "../descriptor/descriptor.ts";
import type { Language } from "../errors/qianzhi-error.ts";
import type { RefusalReason } from "../wire/wire.ts";

/**
 * Why a value or record does not fit, by stable code. Names in braces are properties of the item concerned.
 * The codes stand in `RefusalReason.code`; an error that stops work has its own table, `errorTable`.
 */
export const reasonTexts = {
  QZ_REQUIRED: { en: "a value is required", zh: "必填，但没有值" },
  QZ_TYPE: {
    en: "this kind of value does not go into type {type}",
    zh: "该值不能转换为 {type} 类型",
  },
  QZ_NOT_CANONICAL: {
    en: "not in the canonical form of type {type}",
    zh: "不符合 {type} 类型的规范格式",
  },
  QZ_BATCH_TOO_LARGE: {
    en: "the record is larger than a batch may be",
    zh: "记录超过一个批次允许的大小",
  },
  QZ_BATCH_REFUSED: {
    en: "the platform refuses any batch with it",
    zh: "平台拒收含有该记录的任何批次",
  },
  QZ_TOO_LONG: { en: "longer than {maxLength} characters", zh: "超过 {maxLength} 个字符" },
  QZ_TOO_SHORT: { en: "shorter than {minLength} characters", zh: "少于 {minLength} 个字符" },
  QZ_PATTERN: { en: "does not match the pattern {pattern}", zh: "不匹配 {pattern}" },
  QZ_RANGE: {
    en: "outside the range {minimum} to {maximum}",
    zh: "超出范围 {minimum} 至 {maximum}",
  },
  QZ_CODE_UNKNOWN: { en: "not a code of {codes}", zh: "不是 {codes} 中的代码" },
  QZ_FORMAT: { en: "does not have the shape of {format}", zh: "不符合 {format} 的格式" },
  QZ_CHECK_DIGIT: { en: "the check digit of {format} is wrong", zh: "{format} 的校验位不正确" },
  QZ_FORMAT_OLD: {
    en: "an old form of {format} without check digit",
    zh: "{format} 的旧格式，没有校验位",
  },
  QZ_ITEM_UNKNOWN: { en: "the descriptor has no such item", zh: "资源描述中没有该信息项" },
  QZ_ITEM_WITHHELD: { en: "the item may not be shared", zh: "该信息项不予共享" },
  QZ_TEXT_INVALID: {
    en: "holds U+0000, half a character, or bytes that are no text in the declared charset",
    zh: "含有 U+0000、不完整的字符，或不属于所声明字符集的字节",
  },
  QZ_NUMBER_INVALID: { en: "not a number in plain digits", zh: "不是普通数字写法的数值" },
  QZ_VALUE_INEXACT: { en: "cannot be held exactly as {type}", zh: "无法以 {type} 类型精确表示" },
  QZ_SCALE: { en: "more than {scale} digits after the point", zh: "小数位超过 {scale} 位" },
  QZ_PRECISION: { en: "more than {precision} digits", zh: "数字总位数超过 {precision} 位" },
  QZ_FRACTION: {
    en: "more than {fraction} fraction digits of a second",
    zh: "秒的小数位超过 {fraction} 位",
  },
  QZ_DATE_ZERO: { en: "a zero date, which is no day", zh: "零日期，不是真实日期" },
  QZ_DATE_INVALID: {
    en: "no such day in the years 0001 to 9999",
    zh: "0001 至 9999 年间没有这一天",
  },
  QZ_TIME_INVALID: {
    en: "no time of day from 00:00:00 to 23:59:59",
    zh: "不是 00:00:00 至 23:59:59 之间的时刻",
  },
  QZ_TIME_PRESENT: {
    en: "has a time of day, which a date cannot hold",
    zh: "含有时刻，日期类型无法表示",
  },
  QZ_TIME_ABSENT: { en: "has no time of day", zh: "缺少时刻" },
  QZ_JSON_INVALID: { en: "not valid JSON", zh: "不是有效的 JSON" },
  QZ_JSON_DUPLICATE: { en: "JSON with a name twice in one object", zh: "JSON 对象中有重复的名称" },
  QZ_GEOMETRY_INVALID: {
    en: "not a geometry that GeoJSON can hold",
    zh: "不是 GeoJSON 可表示的几何",
  },
  QZ_DICTIONARY: { en: "not in the dictionary", zh: "字典中没有该值" },
  QZ_NUMBER_FORMAT: {
    en: "not a number in the declared format",
    zh: "不是所声明格式的数字",
  },
  QZ_DATE_PATTERN: { en: "does not match the declared pattern", zh: "不符合所声明的日期格式" },
  QZ_CHARSET_INVALID: {
    en: "bytes that are no text in the declared charset",
    zh: "字节不符合所声明的字符集",
  },
  QZ_TEXT_LOST: {
    en: "holds U+FFFD where a character was lost",
    zh: "含有 U+FFFD，原字符已丢失",
  },
  QZ_KEY_NULL: { en: "NULL in a column of the key", zh: "主键列为 NULL" },
  QZ_CURSOR_NULL: { en: "NULL in the change column", zh: "变更列为 NULL" },
  QZ_KEY_COLLISION: { en: "two source rows have this key", zh: "源中有两行同为此主键" },
  QZ_COLUMN_LENGTH: {
    en: "longer than the target's column holds",
    zh: "超过目标列的长度",
  },
  QZ_COLUMN_DIGITS: {
    en: "more digits than the target's column holds",
    zh: "数字或小数位数超过目标列",
  },
  QZ_COLUMN_REFUSED: {
    en: "the target's database does not take the record",
    zh: "目标数据库不接受该记录",
  },
  QZ_GEOMETRY_CRS: {
    en: "not declared to be in the coordinate system {crs}",
    zh: "未声明为坐标系 {crs}",
  },
} as const satisfies Readonly<Record<string, { readonly en: string; readonly zh: string }>>;

export type ReasonCode = keyof typeof reasonTexts;

/** True for the codes of our own reasons; a platform may have others. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(reasonTexts, code);

/** The words of a code in one language, with the item's limits filled in. */
export function reasonWords(code: ReasonCode, language: Language, item?: Item): string {
  return reasonTexts[code][language].replace(/\{(\w+)\}/g, (_, name: string) =>
    limitText(item, name as keyof Item),
  );
}

function limitText(item: Item | undefined, name: keyof Item): string {
  const value = item?.[name];
  if (name === "codes" && typeof value === "object") return "codes";
  if (value === undefined && name === "crs") return "EPSG:4490";
  if (value === undefined && name === "fraction") return "0";
  return value === undefined ? "…" : String(value);
}

/**
 * A refusal in one language: `name (identifier): words [value]`, the value as it stands in the message, masked.
 * Codes that are not ours give the message as it is. `item` is the one that the reason names, when at hand.
 */
export function reasonText(reason: RefusalReason, language: Language, item?: Item): string {
  if (language === "en" || !isReasonCode(reason.code)) return reason.message;
  const words = reasonWords(reason.code, language, item);
  const shown = / \[[^[\]]*\]$/.exec(reason.message)?.[0] ?? "";
  if (reason.item === undefined) return words + shown;
  const label = item === undefined ? reason.item : `${item.name}（${reason.item}）`;
  return `${label}：${words}${shown}`;
}
