import { errorEntry as t, type ErrorEntry } from "./error-entry.ts";

/** The part of the error table that a watchdog says: nothing has failed, and yet all is not well. */
export const alarmErrors = {
  QZ_AGENT_SILENT: t(
    "retry",
    "never",
    [
      "No agent runs here since {since}: {pipelines} pipeline(s) are overdue, and {batches} batch(es) wait.",
      "Start it: `qianzhi run`, or the service that does. If it should be running, look at its log for why it ended or hangs.",
    ],
    [
      "自 {since} 起没有代理在运行：{pipelines} 个任务逾期，{batches} 个批次待发。",
      "请启动代理：`qianzhi run` 或相应的系统服务。若代理本应在运行，请查看日志，确认其退出或卡住的原因。",
    ],
  ),
  QZ_OVERDUE: t(
    "retry",
    "never",
    [
      "{pipeline} was due at {due} and has not run; the last run: {last}.",
      "If other pipelines read the source {source} for long, raise its maxConnections or spread the schedules. Else start the agent again, and report it with the log.",
    ],
    [
      "{pipeline} 应于 {due} 运行但未运行；上次运行：{last}。",
      "若其他任务长时间占用数据源 {source}，请调大其 maxConnections 或错开时间；否则请重启代理，并附日志报告。",
    ],
  ),
  QZ_RUN_STALLED: t(
    "retry",
    "never",
    [
      "A run of {pipeline} is under way since {since}, and the source {source} has answered nothing since {answered}.",
      "Let the DBA see what the statement of the agent's account waits for: a lock, a full disk, a plan without an index. The run goes on when it is answered.",
    ],
    [
      "{pipeline} 的一次运行始于 {since}，数据源 {source} 自 {answered} 起未再应答。",
      "请数据库管理员查看代理账户的语句在等待什么：锁、磁盘已满或缺少索引。得到应答后运行自动继续。",
    ],
  ),
  QZ_SOURCE_AHEAD: t(
    "retry",
    "never",
    [
      "{name} has grown since {since}, and {pipeline} runs and sees nothing of it: the greatest {column} is another, and no row came.",
      "Bring what is missing now: `qianzhi reconcile {pipeline}`. In mode cursor rows are written without a newer change column: have the application set it, or use mode diff. In mode native the feed tells nothing: see `qianzhi check`.",
    ],
    [
      "{name} 自 {since} 起有新数据，但 {pipeline} 运行中未读到：{column} 的最大值已变，却没有任何行到来。",
      "请立即补齐：`qianzhi reconcile {pipeline}`。cursor 模式下，写入的行没有更新变更列：请由应用程序写入该列，或改用 diff 模式。native 模式下，变更流没有内容：请看 `qianzhi check`。",
    ],
  ),
  QZ_FEED_PILES_UP: t(
    "retry",
    "never",
    [
      "The source keeps its log for {pipeline}, which read it last at {since}: {bytes} bytes by the last count, limit: {limit}.",
      "Let it run again: `qianzhi status` says what stops it. Without a limit the log fills the disk of the source; beyond one the source drops it, and everything is read again. If the pipeline is not to run any more, take it out of the configuration: `qianzhi check` then names the statement by which the DBA ends this.",
    ],
    [
      "数据源为 {pipeline} 保留着日志，最近一次读取于 {since}：最近一次统计为 {bytes} 字节，上限：{limit}。",
      "请让任务恢复运行：`qianzhi status` 会说明是什么使它停止。没有上限时，日志会占满源系统磁盘；有上限时，超出后源系统会丢弃日志，届时将重新读取全部数据。若任务不再运行，请从配置中移除，`qianzhi check` 会给出供数据库管理员执行的删除语句。",
    ],
  ),
  QZ_LEDGER_SHORT: t(
    "retry",
    "never",
    [
      "The ledger tells what was done since {since} alone: it may take {limit} bytes, and {days} days do not fit.",
      "Raise `ledger.maxBytes` if the disk allows it, and keep copies elsewhere: `qianzhi ledger export FILE` each month. What was cut off is gone here.",
    ],
    [
      "台账仅保留 {since} 之后的记录：其上限为 {limit} 字节，容不下 {days} 天。",
      "磁盘允许时请调大 `ledger.maxBytes`，并每月用 `qianzhi ledger export FILE` 另存一份。已删去的条目在本机无法恢复。",
    ],
  ),
  QZ_LAG_GROWS: t(
    "retry",
    "never",
    [
      "The platform's copy of {pipeline} is {lagMinutes} minutes behind and falls further behind; {batches} batch(es) wait.",
      "Where batches wait, the platform takes them more slowly than they are sealed: ask its operator. Where none do, a run takes longer than its schedule allows: read less often, or see with `qianzhi check` what its statements cost.",
    ],
    [
      "平台上 {pipeline} 的副本已落后 {lagMinutes} 分钟，且仍在扩大；{batches} 个批次待发。",
      "若有批次待发，说明平台接收慢于封装，请联系平台运维；若没有，说明单次运行超过了周期：请降低频率，或用 `qianzhi check` 查看语句代价。",
    ],
  ),
  QZ_QUARANTINE_GROWS: t(
    "retry",
    "never",
    [
      "{count} records of {pipeline} came into quarantine within {minutes} minutes; {total} are there now.",
      "See what they have in common: `qianzhi quarantine list {pipeline}`. So many at once are most often a changed source, mapping or code table.",
    ],
    [
      "{pipeline} 在 {minutes} 分钟内有 {count} 条记录进入隔离区，现共 {total} 条。",
      "请用 `qianzhi quarantine list {pipeline}` 查看共同原因。短时间大量隔离，多半是源系统、映射或代码表发生了变化。",
    ],
  ),
  QZ_SOURCE_SLOWER: t(
    "retry",
    "never",
    [
      "The source {source} gives {pipeline} {rowsPerSecond} rows a second while it works; {before} were usual.",
      "Ask the DBA what else the server does now, and whether statistics or an index of the table are gone: `qianzhi check` shows what the statements cost. The agent reads shorter pages and rests by itself.",
    ],
    [
      "数据源 {source} 目前每秒为 {pipeline} 提供 {rowsPerSecond} 行（只计其工作时间），平时为 {before} 行。",
      "请数据库管理员查看服务器当前的其他负载，以及该表的统计信息或索引是否丢失：`qianzhi check` 可显示语句代价。代理会自动减小每页行数并休息。",
    ],
  ),
  QZ_BATCHES_WAITING: t(
    "retry",
    "never",
    [
      "{batches} batch(es) of {pipeline} wait, the oldest since {since}, and the platform has taken none of them since: {problem}",
      "See what keeps them: `qianzhi check`. Nothing is lost; they leave by themselves when the platform takes them.",
    ],
    [
      "{pipeline} 有 {batches} 个批次待发，最早的始于 {since}，此后平台未接收任何一个：{problem}",
      "请用 `qianzhi check` 查看原因。数据不会丢失，平台恢复接收后自动送出。",
    ],
  ),
} as const satisfies Readonly<Record<string, ErrorEntry>>;
