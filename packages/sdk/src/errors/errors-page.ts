import { reasonTexts } from "../reasons/reason-texts.ts";
import type { ErrorEntry, Pace, Recovery } from "./error-entry.ts";
import { errorTable } from "./error-table.ts";
import type { Language } from "./qianzhi-error.ts";

const recoveryWords: Readonly<Record<Recovery, Readonly<Record<Language, string>>>> = {
  retry: { en: "tries again", zh: "重试" },
  reconnect: { en: "connects again", zh: "重新连接" },
  "skip-record": { en: "sets the record aside", zh: "隔离该记录" },
  "pause-pipeline": { en: "pauses the pipeline", zh: "暂停该任务" },
  stop: { en: "stops", zh: "停止" },
};

const paceWords: Readonly<Record<Pace, Readonly<Record<Language, string>>>> = {
  seconds: { en: "within seconds", zh: "数秒后" },
  minute: { en: "each minute", zh: "每分钟" },
  "quarter-hour": { en: "each quarter of an hour", zh: "每一刻钟" },
  never: { en: "only when told", zh: "需人工处理" },
};

const words = {
  en: {
    title: "Errors",
    opening:
      "Every error has a code that can be searched for and said over the telephone. The page is printed from the " +
      "table in `packages/sdk`; words in braces are filled in where the error occurs.",
    action: "The agent",
    pace: "tries again",
    hint: "What to do",
    reasons: "Reasons of refused records",
    reasonsOpening:
      "Why a value or record is in quarantine. A reason names the item; values of sensitive items are masked.",
    code: "code",
    reason: "reason",
  },
  zh: {
    title: "错误代码",
    opening:
      "每个错误都有代码，可检索，也便于电话沟通。本页由 `packages/sdk` 中的错误表生成；花括号内的文字在出错时填入。",
    action: "代理的处理",
    pace: "再次尝试",
    hint: "处理办法",
    reasons: "记录被拒的原因",
    reasonsOpening:
      "说明某个值或某条记录为何进入隔离区。原因会指明信息项；敏感信息项的值以掩码显示。",
    code: "代码",
    reason: "原因",
  },
} as const;

/** The errors page in one language, as Markdown: what `docs/errors.md` and `docs/zh-CN/errors.md` hold. */
export function printErrorsPage(language: Language): string {
  const say = words[language];
  const colon = language === "en" ? ": " : "：";
  const entries = Object.entries<ErrorEntry>(errorTable).map(([code, entry]) => [
    `## ${code}`,
    entry[language].message,
    `- ${say.action}${colon}${recoveryWords[entry.recovery][language]}`,
    `- ${say.pace}${colon}${paceWords[entry.pace][language]}`,
    `- ${say.hint}${colon}${entry[language].hint}`,
  ]);
  const reasons = Object.entries(reasonTexts).map(
    ([code, texts]) => `| \`${code}\` | ${texts[language]} |`,
  );
  return (
    [
      `# ${say.title}`,
      say.opening,
      ...entries.map(
        ([title, message, ...facts]) => `${title}\n\n${message}\n\n${facts.join("\n")}`,
      ),
      `## ${say.reasons}`,
      say.reasonsOpening,
      [`| ${say.code} | ${say.reason} |`, "|---|---|", ...reasons].join("\n"),
    ].join("\n\n") + "\n"
  );
}
