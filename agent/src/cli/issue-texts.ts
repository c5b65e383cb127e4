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
        message: text("issue.RECONCILIATION_OWED", { reason: owedReason(language, details) }),
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

/** Why a reconciliation is owed is kept in English, as it stands in the ledger. */
const owedZh: Readonly<Record<string, string>> = {
  "another data directory wrote before this one": "此前由另一数据目录写入",
  "the platform was restored to an earlier state": "平台恢复到了较早的状态",
  "this data directory was restored to an earlier state": "本数据目录恢复到了较早的状态",
  "the platform's last batch is not known here": "平台最后的批次在本机没有记录",
  "the platform lost batches whose bytes are erased here": "平台丢失了本机已清除的批次",
  "the source was set back": "数据源回退到了较早的状态",
  "the pipeline has left mode replace": "任务不再使用 replace 模式",
  "the source is another server than before": "数据源已换为另一台服务器",
  "the data file was damaged": "数据文件曾损坏",
  "items are shared no more": "有信息项不再共享",
};

function owedReason(language: Language, { reason }: StatusIssue["details"]): string {
  const en = String(reason);
  return (language === "zh" ? owedZh[en] : undefined) ?? en;
}
