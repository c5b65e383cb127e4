import type { ConfigPath, FileProblems, YamlFile } from "@qianzhi/sdk";
import { isAlias, isMap, isScalar, type Scalar } from "yaml";
import type { ItemMapping } from "./site-config.ts";

export type Dictionary = NonNullable<ItemMapping["dictionary"]>;

/**
 * The dictionaries of a configuration. Codes are taken as they are written, since YAML reads 01 as the number 1: the
 * text of the file decides, with or without quotes. An empty value, `null` or `~` without quotes means "no value".
 */
export function readDictionaries(
  yaml: YamlFile,
  problems: FileProblems,
): ReadonlyMap<string, Dictionary> {
  const all = new Map<string, Dictionary>();
  const section = yaml.document.get("dictionaries");
  if (!isMap(section)) return all;
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(yaml.document) : node);
  for (const { key, value: node } of section.items) {
    const name = String(isScalar(key) ? key.value : key);
    const value = resolved(node);
    if (!isMap(value)) continue;
    const otherwise = value.get("otherwise", true);
    all.set(name, {
      name,
      entries: readEntries(
        resolved(value.get("entries", true)),
        ["dictionaries", name, "entries"],
        problems,
      ),
      ...(value.has("otherwise")
        ? { otherwise: isScalar(otherwise) ? written(otherwise) : null }
        : {}),
    });
  }
  return all;
}

function readEntries(
  node: unknown,
  path: ConfigPath,
  problems: FileProblems,
): ReadonlyMap<string, string | null> {
  const entries = new Map<string, string | null>();
  if (!isMap(node)) return entries;
  for (const { key, value } of node.items) {
    const text = isScalar(key) ? (written(key) ?? key.source ?? "") : String(key);
    if (entries.has(text))
      problems.misnamed([...path, text], `${text} stands here twice`, `${text} 重复`);
    entries.set(text, isScalar(value) ? written(value) : null);
  }
  return entries;
}

function written(scalar: Scalar): string | null {
  if (scalar.value === null) return null;
  return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? String(scalar.value));
}

/** Whether every source text has a value of its own, so that nothing is lost: what a key item needs. */
export function isOneToOne({ entries, otherwise }: Dictionary): boolean {
  const values = [...entries.values()];
  return (
    otherwise === undefined && !values.includes(null) && new Set(values).size === values.length
  );
}
