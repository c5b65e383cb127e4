import type { Language } from "@qianzhi/sdk";

/** The texts of a page by key: English, then 中文; `{name}` stands for a detail. */
export type PageTexts<K extends string> = Readonly<Record<K, readonly [en: string, zh: string]>>;

/** What stands under a key in one language, with its details. A detail that is not given leaves nothing. */
export type PageText<K extends string> = (
  language: Language,
  key: K,
  details?: Readonly<Record<string, string | number>>,
) => string;

export const pageTextOf =
  <K extends string>(texts: PageTexts<K>): PageText<K> =>
  (language, key, details = {}) =>
    texts[key][language === "zh" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) =>
      String(details[name] ?? ""),
    );
