import { maskValue, QianzhiError } from "@qianzhi/sdk";
import type { Item, JsonRecord } from "@qianzhi/sdk";

/** A record's key as the person who has to find the row asks for it: the look is to be noted in the ledger. */
export const wholeKey = (keyText: string): string =>
  Object.values(JSON.parse(keyText) as JsonRecord)
    .map(String)
    .join("/");

/** A record's key as a person or a log may see it, each item by its sensitivity. */
export const maskedKey = (keyText: string, items: readonly Item[]): string =>
  Object.entries(JSON.parse(keyText) as JsonRecord)
    .map(([identifier, value]) => {
      const item = items.find((each) => each.identifier === identifier);
      if (item === undefined) throw new QianzhiError("QZ_INTERNAL", { problem: identifier });
      return maskValue(item, value);
    })
    .join("/");
