import { reasonText, type Item, type Language, type RefusalReason } from "@qianzhi/sdk";

/** Reasons as data, each message in the reader's language with the item's own name. */
export const reasonsIn = (
  language: Language,
  reasons: readonly RefusalReason[],
  items: readonly Item[],
): readonly RefusalReason[] =>
  reasons.map((reason) => ({
    ...reason,
    message: reasonText(
      reason,
      language,
      items.find(({ identifier }) => identifier === reason.item),
    ),
  }));

/** The same as one line. */
export const reasonLine = (
  language: Language,
  reasons: readonly RefusalReason[],
  items: readonly Item[],
): string =>
  reasonsIn(language, reasons, items)
    .map(({ message }) => message)
    .join(language === "zh" ? "；" : "; ");
