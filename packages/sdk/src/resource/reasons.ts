import type { Item } from "../descriptor/descriptor.ts";
import { nationalFormat } from "../formats/national-formats.ts";
import { reasonWords, type ReasonCode } from "../reasons/reason-texts.ts";
import type { RefusalReason } from "../wire/wire.ts";

/** How an item's values are guarded: as declared, else as its format asks, else `low`. */
export const sensitivityOf = (item: Item): "low" | "medium" | "high" =>
  item.sensitivity ?? nationalFormat(item.format)?.sensitivity ?? "low";

/** A datetime with its fraction and offset is seen whole. */
const shownLength = 36;

/**
 * A value as a person or a log may see it: nothing of a high one, the outer characters of a long medium one, the
 * beginning of a low one. Always without line breaks and control characters.
 */
export function maskValue(item: Item, value: unknown): string {
  const characters = [...String(value).replace(/[\p{C}[\]]/gu, "·")];
  const sensitivity = sensitivityOf(item);
  if (sensitivity === "high" || (sensitivity === "medium" && characters.length < 8)) return "***";
  if (sensitivity === "medium")
    return `${characters.slice(0, 2).join("")}***${characters.slice(-2).join("")}`;
  return characters.length <= shownLength
    ? characters.join("")
    : `${characters.slice(0, shownLength).join("")}…`;
}

/** A refusal of an item's value: `name (identifier): words [masked value]`. */
export function itemReason(item: Item, code: ReasonCode, value?: unknown): RefusalReason {
  const shown = value === undefined || value === null ? "" : ` [${maskValue(item, value)}]`;
  const message = `${item.name} (${item.identifier}): ${reasonWords(code, "en", item)}${shown}`;
  return { item: item.identifier, code, message };
}

/** A refusal of something that the descriptor does not name; its identifier comes from outside and is cut. */
export function strangeItemReason(identifier: string): RefusalReason {
  const item = identifier.replace(/[^\w.-]/g, "·").slice(0, 64);
  return {
    item,
    code: "QZ_ITEM_UNKNOWN",
    message: `${item}: ${reasonWords("QZ_ITEM_UNKNOWN", "en")}`,
  };
}
