import type { Language } from "@qianzhi/sdk";
import type { DescribedSchema } from "./schema-words.ts";
import { siteSchema } from "./site-schema.ts";

/** The configuration's JSON Schema for editors: descriptions in one language, and nothing that only we read. */
export const editorSchema = (language: Language): DescribedSchema =>
  inLanguage(siteSchema, language) as DescribedSchema;

function inLanguage(value: unknown, language: Language): unknown {
  if (Array.isArray(value)) return value.map((each) => inLanguage(each, language));
  if (typeof value !== "object" || value === null) return value;
  const { zh, expects: _, ...rest } = value as Readonly<Record<string, unknown>>;
  const plain = Object.fromEntries(
    Object.entries(rest).map(([name, each]) => [name, inLanguage(each, language)]),
  );
  return language === "zh" && typeof zh === "string" ? { ...plain, description: zh } : plain;
}
