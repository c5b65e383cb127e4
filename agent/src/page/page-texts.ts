import { pageTextOf, type PageTexts } from "@qianzhi/page";
import type { Language } from "@qianzhi/sdk";

/** The texts of the page: English, then 中文. */
const texts = {
  title: ["Qianzhi · {site}", "前置 · {site}"],
  asOf: ["as of {time}", "截至 {time}"],
  other: ["中文", "English"],
  silent: [
    "The agent does not answer: this is what it showed last.",
    "代理没有应答，以下为最后一次的内容。",
  ],
  todo: ["What to do", "待处理"],
  pipelines: ["Pipelines", "采集任务"],
  pipeline: ["pipeline", "任务"],
  resource: ["resource", "信息资源"],
  state: ["state", "状态"],
  lag: ["behind", "延迟"],
  day: ["the last day", "近一天"],
  dayText: [
    "behind at most {most} in the last day, {now} at the last look",
    "近一天最多延迟 {most}，最近一次查看时为 {now}",
  ],
  noDay: ["not looked at yet", "尚无记录"],
  waiting: ["batches waiting", "待发批次"],
  quarantined: ["in quarantine", "隔离"],
  lastSuccess: ["last good run", "最近一次成功"],
  never: ["never", "从未"],
  outbox: ["Outbox", "发件箱"],
  outboxLine: [
    "{batches} batches wait, {bytes} of {most} ({percent}%)",
    "{batches} 个批次等待，占 {bytes} / {most}（{percent}%）",
  ],
  quarantine: ["Quarantine by reason", "隔离原因"],
  quarantineNone: ["Nothing is in quarantine.", "隔离区为空。"],
  reason: ["reason", "原因"],
  item: ["item", "信息项"],
  whole: ["the whole record", "整条记录"],
  count: ["records", "记录数"],
  reconciliation: ["Last reconciliation", "最近一次对账"],
  reconciliationNone: ["Not reconciled yet.", "尚未对账。"],
  when: ["when", "时间"],
  rows: ["rows", "行数"],
  equal: ["equal", "一致"],
  named: ["named", "已列明"],
  result: ["result", "结论"],
  digestSource: ["digest of the source", "源端摘要"],
  digestPlatform: ["digest of the platform", "平台摘要"],
  "result.equal": ["equal", "一致"],
  "result.named": ["equal except {count} named", "除已列明的 {count} 个键外一致"],
  "result.underWay": ["equal with what was on its way", "计入途中批次后一致"],
  "result.repaired": ["{count} keys differed and were mended", "{count} 个键有差异，已修复"],
  "result.part": [
    "{count} keys differed and were mended; going on",
    "{count} 个键有差异，已修复，仍在继续",
  ],
  "result.resent": ["so much differed that all was sent again", "差异过多，已全部重新发送"],
  "result.held": ["{count} deletions wait for approval", "{count} 条删除待批准"],
  load: ["Load on each source", "各数据源的负载"],
  source: ["source", "数据源"],
  statements: ["statements, last hour", "近一小时语句数"],
  sourceRows: ["rows, last hour", "近一小时行数"],
  busy: ["busy with us", "用于本代理的时间"],
  spared: ["spared", "减少访问"],
  "spared.window": ["outside its window", "不在允许时段内"],
  "spared.slow": ["it answers slowly", "响应缓慢"],
  "spared.rate": ["row rate", "限速"],
  seconds: ["{count} s", "{count} 秒"],
  minutes: ["{count} min", "{count} 分"],
  hours: ["{count} h", "{count} 小时"],
} as const satisfies PageTexts<string>;

export type TextKey = keyof typeof texts;

export const pageText = pageTextOf(texts);

export const pageTexts: PageTexts<string> = texts;

/** A span of time in the largest unit that says enough of it. */
export function spanText(language: Language, ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return pageText(language, "seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return pageText(language, "minutes", { count: minutes });
  return pageText(language, "hours", { count: (minutes / 60).toFixed(1) });
}
