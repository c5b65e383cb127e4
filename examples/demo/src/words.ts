/** What the demo says: English, then 中文. */
const words = {
  intro: [
    "Qianzhi demo: a department's old database, the reference exchange platform, and the agent between them.",
    "前置演示：部门旧库、参考交换平台，以及二者之间的代理。",
  ],
  folder: ["Everything is in {folder}", "所有文件位于 {folder}"],
  legacy: [
    "1. The legacy database: {divisions} divisions, {persons} persons, {enterprises} enterprises; some rows are dirty, as they are.",
    "1. 旧库：行政区划 {divisions} 行，人员 {persons} 行，企业 {enterprises} 行；其中有脏数据。",
  ],
  platform: [
    "2. The platform is at {url}; the three descriptors are published.",
    "2. 平台已启动：{url}；三份资源描述已发布。",
  ],
  load: ["3. First load", "3. 首次装载"],
  loading: [
    "   {bar} {count} of {total} rows at the platform",
    "   {bar} 平台已有 {count} / {total} 行",
  ],
  live: ["4. Live changes in the legacy database", "4. 旧库中的实时变更"],
  change: ["   {what}", "   {what}"],
  update: ["a person moves house", "一人迁居"],
  insert: ["a child is born", "一名新生儿登记"],
  remove: ["a person is struck off (flagged)", "一人注销（打标志）"],
  dissolve: ["an enterprise is deleted (no trace is left)", "一家企业被物理删除（不留痕迹）"],
  mend: ["a clerk mends a dirty row", "修正一行脏数据"],
  arrived: ["   arrived at the platform after {seconds} s", "   {seconds} 秒后到达平台"],
  late: [
    "5. {count} rows become visible after rows with later stamps",
    "5. {count} 行在时间戳更晚的行之后才可见（迟交的事务、同一秒内的写入）",
  ],
  down: [
    "6. The platform is killed; {count} changes happen meanwhile",
    "6. 平台被强制关停，其间发生 {count} 处变更",
  ],
  waiting: ["   {batches} batch(es) wait in the outbox", "   发件箱中有 {batches} 个批次等待"],
  back: [
    "   the platform is back; delivered after {seconds} s",
    "   平台恢复，{seconds} 秒后全部送达",
  ],
  summary: [
    "7. Does it add up? By key, source rows = equal at the platform + differences named with their reason:",
    "7. 核对：逐键，源行数 = 平台一致 + 已列明原因的差异：",
  ],
  good: [
    "It adds up: every source row is equal at the platform or named, and the digests agree.",
    "核对无误：每一行要么平台一致、要么已列明原因，摘要一致。",
  ],
  bad: ["It does not add up.", "核对不通过。"],
  notArrived: ["   not arrived within {seconds} s", "   {seconds} 秒内未到达"],
  contrast: [
    "8. The same persons, read beside it by `WHERE gxsj > last`, as most pollers do:",
    "8. 对照：同一张人员表，另以多数采集程序的做法 `WHERE gxsj > 上次` 读取：",
  ],
  naive: ["gxsj > last", "gxsj > 上次"],
  ours: ["Qianzhi", "前置"],
  missing: ["lost unnoticed", "不知不觉丢失"],
  outdated: ["out of date", "过时"],
  surplus: ["gone, yet kept", "已消失却仍在"],
  named: ["held back, named", "暂不发送且已列明"],
  around: ["Look around:", "继续查看："],
  kept: [
    "Platform and agent stay up; change legacy.db and watch. Stop them with Ctrl+C.\n   the agent's page     {page}\n   the platform's page  {platform}",
    "平台和代理继续运行，可修改 legacy.db 观察变化；按 Ctrl+C 停止。\n   代理页面  {page}\n   平台页面  {platform}",
  ],
  resume: [
    "(start platform and agent again with `npm run demo -- --keep`)",
    "（用 `npm run demo -- --keep` 让平台和代理保持运行）",
  ],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

export type Word = keyof typeof words;

export const say = (
  language: "en" | "zh",
  word: Word,
  details: Readonly<Record<string, string | number>> = {},
): string =>
  words[word][language === "zh" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(details[name] ?? "?"),
  );
