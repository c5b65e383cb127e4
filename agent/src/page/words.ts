import type { Language } from "@qianzhi/sdk";
import type { TextKey } from "./page-texts.ts";

/** In whose language and zone a page speaks. */
export interface Words {
  readonly language: Language;
  t(key: TextKey, details?: Readonly<Record<string, string | number>>): string;
  /** See `siteTime`. */
  time(text: string): string;
}
