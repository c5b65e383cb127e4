import { relative } from "node:path";
import { describeError, QianzhiError, type ConfigProblem, type Language } from "@qianzhi/sdk";
import { textOf } from "./texts.ts";

/** An error in words: the code and what happened, each problem at its place, what to do next, and the original text. */
export function errorText(error: unknown, language: Language, directory: string): string {
  const { code, message, hint, original } = describeError(error, language);
  return [
    `${code} ${message}`,
    ...problemsOf(error).map((problem) => `  ${problemText(problem, language, directory)}`),
    textOf(language, "hint", { hint }),
    ...(original === undefined ? [] : [textOf(language, "original", { original })]),
  ].join("\n");
}

/** `file:line:column property: what is wrong`, the file as seen from the directory. */
export function problemText(
  { file, line, column, path, message, zh }: ConfigProblem,
  language: Language,
  directory: string,
): string {
  const from = relative(directory, file);
  const place = from.startsWith("..") || from === "" ? file : from;
  return `${place}:${line}:${column} ${path === "" ? "" : `${path}: `}${language === "zh" ? zh : message}`;
}

/** The same as data, in one language. */
export function errorDocument(error: unknown, language: Language): object {
  const problems = problemsOf(error).map(({ message, zh, ...place }) => ({
    ...place,
    message: language === "zh" ? zh : message,
  }));
  return {
    ok: false,
    error: { ...describeError(error, language), ...(problems.length === 0 ? {} : { problems }) },
  };
}

function problemsOf(error: unknown): readonly ConfigProblem[] {
  const problems = QianzhiError.is(error) ? error.details["problems"] : undefined;
  return Array.isArray(problems) ? (problems as readonly ConfigProblem[]) : [];
}
