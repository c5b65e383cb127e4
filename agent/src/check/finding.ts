import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";

/** One thing that `check` found. A problem must be mended before running; a warning should be; a note is to be known. */
export interface Finding {
  readonly severity: "problem" | "warning" | "note";
  /** What it concerns: `source household`, `pipeline persons`, `platform`. */
  readonly subject: string;
  readonly error: QianzhiError;
}

export const problem = (subject: string, error: QianzhiError): Finding => ({
  severity: "problem",
  subject,
  error,
});

export const finding = (
  severity: Finding["severity"],
  subject: string,
  code: ErrorCode,
  details: Readonly<Record<string, unknown>>,
): Finding => ({ severity, subject, error: new QianzhiError(code, details) });

/** What a check that threw has found. */
export const caught = (subject: string, error: unknown): Finding =>
  problem(
    subject,
    QianzhiError.is(error) ? error : new QianzhiError("QZ_INTERNAL", {}, { cause: error }),
  );
