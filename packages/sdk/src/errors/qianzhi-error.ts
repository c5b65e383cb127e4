import type { Recovery } from "./error-entry.ts";
import { errorTable, type ErrorCode } from "./error-table.ts";
import { operationIn } from "./operation-words.ts";

const brand = Symbol.for("qianzhi.error");

/**
 * Names, counts and places that fill the texts of the error table. Never a sensitive value. What is itself a sentence is
 * given in both languages: {@link Worded}.
 */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one error of Qianzhi. `code` is stable and searchable, `recovery` tells the engine what to do, `hint` tells a
 * person what to do next. The texts come from the error table; {@link describeError} gives them in either language.
 */
export class QianzhiError extends Error {
  readonly code: ErrorCode;
  readonly recovery: Recovery;
  readonly hint: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    // A code that was kept may be another version's, or that of a vendor's newer SDK.
    const entry = errorTable[code] ?? errorTable.QZ_INTERNAL;
    super(fill(entry.en.message, details, "en"), options);
    this.name = "QianzhiError";
    this.code = code;
    this.recovery = entry.recovery;
    this.hint = fill(entry.en.hint, details, "en");
    this.details = details;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Recognises errors by brand, since a vendor's adapter may carry its own copy of this package. */
  static is(value: unknown): value is QianzhiError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

export type Language = "en" | "zh";

/** A sentence that fills a text, whole in either language. */
export interface Worded {
  readonly en: string;
  readonly zh: string;
}

/** An error in one language. An error that is not ours becomes QZ_INTERNAL, its own text being the original. */
export function describeError(
  error: unknown,
  language: Language,
): { code: ErrorCode; message: string; hint: string; original?: string } {
  if (!QianzhiError.is(error)) {
    const original = error instanceof Error ? error.message : String(error);
    return { ...describeError(new QianzhiError("QZ_INTERNAL"), language), original };
  }
  const own = error instanceof QianzhiError ? errorTable.QZ_INTERNAL : undefined;
  const texts = (errorTable[error.code] ?? own)?.[language];
  // A vendor's newer SDK may know codes that this one does not: its own English text is then all there is.
  if (texts === undefined) return { code: error.code, message: error.message, hint: error.hint };
  const cause = error.cause;
  const original = cause instanceof Error && !QianzhiError.is(cause) ? cause.message : undefined;
  return {
    code: error.code,
    message: fill(texts.message, error.details, language),
    hint: fill(texts.hint, error.details, language),
    ...(original === undefined ? {} : { original }),
  };
}

function fill(template: string, details: ErrorDetails, language: Language): string {
  const word = (value: unknown): string => String(isWorded(value) ? value[language] : value);
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name];
    if (value === undefined || value === null) return "?";
    if (name === "operation" || name === "statement") return operationIn(language, String(value));
    return Array.isArray(value) ? value.map(word).join(", ") : word(value);
  });
}

const isWorded = (value: unknown): value is Worded =>
  typeof value === "object" && value !== null && "en" in value && "zh" in value;
