import { describeError, QianzhiError, type Language } from "@qianzhi/sdk";
import type { StatusIssue } from "../run/status-issues.ts";
import { textOf, type TextKey } from "./texts.ts";

export interface IssueTexts {
  readonly code: StatusIssue["code"];
  readonly message: string;
  readonly next: string;
}

/** What is the matter, and the next command or step. */
export function issueTexts(
  language: Language,
  { pipeline, code, details }: StatusIssue,
): IssueTexts {
  const text = (key: TextKey, more: StatusIssue["details"] = {}) => textOf(language, key, more);
  switch (code) {
    case "QUARANTINED":
      return {
        code,
        message: text("issue.QUARANTINED", details),
        next: `qianzhi quarantine list ${pipeline}`,
      };
    case "PAUSED":
      return { code, message: text("issue.PAUSED", details), next: `qianzhi resume ${pipeline}` };
    case "NEVER_RAN":
      return { code, message: text("issue.NEVER_RAN", details), next: "qianzhi run" };
    case "RECONCILIATION_OWED":
      return {
        code,
        message: text("issue.RECONCILIATION_OWED", details),
        next: `qianzhi reconcile ${pipeline}`,
      };
    case "STORE_KEPT_ASIDE":
      return {
        code,
        message: text("issue.STORE_KEPT_ASIDE", details),
        next: text("issue.STORE_KEPT_ASIDE.next", details),
      };
    default: {
      const { message, hint } = describeError(new QianzhiError(code, details), language);
      return { code, message: `${code} ${message}`, next: hint };
    }
  }
}
