import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from "yaml";
import type { ConfigPath, ConfigProblem, ProblemList } from "./problems.ts";

/** A YAML or JSON file whose every value knows where it stands. */
export interface YamlFile {
  readonly file: string;
  /** Plain data; undefined when the text cannot be read at all. */
  readonly value: unknown;
  readonly document: Document;
  /** Line and column of a value, or of its property name; of the nearest thing above it when it is absent. */
  locate(
    path: ConfigPath,
    part?: "name" | "value",
  ): { readonly line: number; readonly column: number };
  /** A number's digits as the file has them; undefined for anything else. */
  written(path: ConfigPath): string | undefined;
}

/** Collects what is wrong in one file, each with its place. */
export interface FileProblems extends ProblemList {
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads YAML 1.2 (JSON included). Syntax errors go to the problems of the file, all of them; after one that leaves the rest
 * unreadable the value is undefined.
 */
export function readYaml(
  text: string,
  file: string,
): { readonly yaml: YamlFile; readonly problems: FileProblems } {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const unreadable = text.search(/[\0\ufffd]/);
  if (unreadable >= 0) return notUtf8(file, document, place(unreadable));
  const errors: ConfigProblem[] = document.errors.map(({ pos, code, message }) => {
    const [en, zh] =
      code === "DUPLICATE_KEY"
        ? twice(/^[^\s:]*/.exec(text.slice(pos[0]))?.[0] ?? "")
        : (syntaxTexts[code] ?? [`not valid YAML: ${message}`, `不是有效的 YAML：${message}`]);
    return { file, ...place(pos[0]), path: "", message: en, zh };
  });
  // A name that stands twice leaves all else readable, and that may have errors of its own.
  const isReadable = document.errors.every(({ code }) => code === "DUPLICATE_KEY");
  const yaml: YamlFile = {
    file,
    document,
    value: isReadable
      ? plainData(document, ({ at, ...problem }) =>
          errors.push({ file, ...place(at), path: "", ...problem }),
        )
      : undefined,
    locate: (path, part = "value") => place(offsetOf(document, path, part)),
    written(path) {
      const node = document.getIn(path, true);
      return isScalar(node) && typeof node.value === "number" ? node.source : undefined;
    },
  };
  return { yaml, problems: fileProblems(yaml, errors) };
}

/** A file that was decoded as UTF-8 though it is not: one error says so, instead of many about what came of it. */
function notUtf8(
  file: string,
  document: Document,
  at: { readonly line: number; readonly column: number },
): { readonly yaml: YamlFile; readonly problems: FileProblems } {
  const message = "the file is not in UTF-8, but perhaps in GBK or UTF-16; save it as UTF-8";
  const zh = "文件不是 UTF-8 编码（可能是 GBK、ANSI 或 UTF-16），请另存为 UTF-8";
  const locate = () => at;
  const written = () => undefined;
  const yaml: YamlFile = { file, document, value: undefined, locate, written };
  return { yaml, problems: fileProblems(yaml, [{ file, ...at, path: "", message, zh }]) };
}

function fileProblems(yaml: YamlFile, errors: ConfigProblem[]): FileProblems {
  const warnings: ConfigProblem[] = [];
  const at = (
    path: ConfigPath,
    part: "name" | "value",
    message: string,
    zh: string,
  ): ConfigProblem => ({
    file: yaml.file,
    ...yaml.locate(path, part),
    path: path.join("."),
    message,
    zh,
  });
  return {
    errors,
    warnings,
    error: (path, message, zh) => void errors.push(at(path, "value", message, zh)),
    misnamed: (path, message, zh) => void errors.push(at(path, "name", message, zh)),
    warn: (path, message, zh) => void warnings.push(at(path, "value", message, zh)),
  };
}

/** The document as plain data. An alias that is undefined, or multiplies beyond reason, is an error of the file. */
function plainData(
  document: Document,
  fail: (problem: Pick<ConfigProblem, "message" | "zh"> & { readonly at: number }) => void,
): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    let at = 0;
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) !== undefined) return undefined;
        at = rangeStart(alias) ?? 0;
        return visit.BREAK;
      },
    });
    fail({ at, message: "an alias (*name) cannot be resolved", zh: "无法解析别名（*名称）" });
    return undefined;
  }
}

const twice = (name: string): readonly [en: string, zh: string] => [
  `the name ${name} is used twice here; give each a name of its own`,
  `名称 ${name} 在此重复，请使用不同的名称`,
];

const syntaxTexts: Readonly<Record<string, readonly [en: string, zh: string]>> = {
  TAB_AS_INDENT: ["indented with a tab; use spaces", "使用了制表符缩进，请改用空格"],
  BAD_INDENT: [
    "wrongly indented; items of one level start in one column",
    "缩进有误，同级内容应左对齐",
  ],
  MULTIPLE_DOCS: [
    "a second document begins here (---); one file holds one",
    "此处开始了第二个文档（---），一个文件只能有一个",
  ],
  BLOCK_AS_IMPLICIT_KEY: ["a text with a colon in it stands in quotes", "含冒号的文本应加引号"],
  BAD_SCALAR_START: [
    "a text that begins with this character stands in quotes",
    "以此字符开头的文本应加引号",
  ],
  BAD_DQ_ESCAPE: [
    "no such \\ escape between double quotes; use single quotes for a path",
    "双引号内没有这种 \\ 转义，路径请用单引号",
  ],
  UNEXPECTED_TOKEN: [
    "this does not belong here; put the text in quotes",
    "此处不应出现该内容，文本请加引号",
  ],
  MISSING_CHAR: [
    "a quote, bracket or colon is missing here or just before",
    "此处或之前缺少引号、括号或冒号",
  ],
};

/** Where the text of a value, or of its name, begins. */
function offsetOf(document: Document, path: ConfigPath, part: "name" | "value"): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      // Of a name that stands twice the last one counts, as in the plain data.
      const pair = node.items.findLast(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (!isPair(pair)) break;
      const isLast = depth === path.length - 1;
      offset =
        (isLast && part === "name" ? undefined : rangeStart(pair.value)) ??
        rangeStart(pair.key) ??
        offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = rangeStart(node) ?? offset;
    } else break;
  }
  return offset;
}

const rangeStart = (node: unknown): number | undefined =>
  isNode(node) ? node.range?.[0] : undefined;
