import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import type { ConfigPath, ConfigProblem, ProblemList } from "./problems.ts";

/** A YAML or JSON file whose every value knows where it stands. */
export interface YamlFile {
  readonly file: string;
  /** Plain data; undefined when the text cannot be read at all. */
  readonly value: unknown;
  readonly document: Document;
  /** Line and column of a value, or of its property name; of the nearest thing above it when it is absent. */
  locate(path: ConfigPath, part?: "name" | "value"): { readonly line: number; readonly column: number };
}

/** Collects what is wrong in one file, each with its place. */
export interface FileProblems extends ProblemList {
  /** As `error`, at the property's name instead of its value. */
  misnamed(path: ConfigPath, message: string, zh: string): void;
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Reads YAML 1.2 (JSON included). Syntax errors go to the problems of the file, all of them. */
export function readYaml(text: string, file: string): { readonly yaml: YamlFile; readonly problems: FileProblems } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const yaml: YamlFile = {
    file,
    document,
    value: document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 }),
    locate: (path, part = "value") => place(offsetOf(document, path, part)),
  };
  const errors: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const at = (path: ConfigPath, part: "name" | "value", message: string, zh: string): ConfigProblem => ({
    file, ...yaml.locate(path, part), path: path.join("."), message, zh,
  });
  for (const { pos, code, message } of document.errors) {
    const [en, zh] = syntaxTexts[code] ?? [`not valid YAML: ${message}`, `不是有效的 YAML：${message}`];
    errors.push({ file, ...place(pos[0]), path: "", message: en, zh });
  }
  const problems: FileProblems = {
    errors,
    warnings,
    error: (path, message, zh) => void errors.push(at(path, "value", message, zh)),
    misnamed: (path, message, zh) => void errors.push(at(path, "name", message, zh)),
    warn: (path, message, zh) => void warnings.push(at(path, "value", message, zh)),
  };
  return { yaml, problems };
}

const syntaxTexts: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  DUPLICATE_KEY: ["this name is used twice; give each a name of its own", "名称重复，请使用不同的名称"],
  TAB_AS_INDENT: ["indented with a tab; use spaces", "使用了制表符缩进，请改用空格"],
  BAD_INDENT: ["wrongly indented; items of one level start in one column", "缩进有误，同级内容应左对齐"],
  MISSING_CHAR: ["a quote, bracket or colon is missing here or just before", "此处或之前缺少引号、括号或冒号"],
};

/** Where the text of a value, or of its name, begins. */
function offsetOf(document: Document, path: ConfigPath, part: "name" | "value"): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? (key.source ?? key.value) : key) === String(step)
        || (isScalar(key) && String(key.value) === String(step)));
      if (!isPair(pair)) break;
      const last = depth === path.length - 1;
      offset = (last && part === "value" ? rangeStart(pair.value) : undefined) ?? rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = rangeStart(node) ?? offset;
    } else break;
  }
  return offset;
}

const rangeStart = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
