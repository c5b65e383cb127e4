/** The texts of `qianzhi quarantine`: English, then 中文. */
export const quarantineTexts = {
  quarantine: ["records that may not be sent as they are", "不能按原样发送的记录"],
  "quarantine.list": [
    "count the reasons by item, and list the records",
    "按信息项统计原因并列出记录",
  ],
  "quarantine.limit": ["at most this many", "最多条数"],
  "quarantine.show": ["show one record, its values included", "显示一条记录，包括其内容"],
  "quarantine.id": ["number of the entry", "条目编号"],
  "quarantine.retry": [
    "read the rows again and send those that fit now",
    "重新读取相应的行，发送现已合格的记录",
  ],
  "quarantine.export": ["write the records into a new file", "把记录写入新文件"],
  "quarantine.export.file": [
    "file to create, one JSON document a line",
    "要创建的文件，每行一个 JSON",
  ],
  "quarantine.pipeline": ["only of this pipeline", "仅限该任务"],
  "quarantine.reason": ["only with a reason of this code", "仅限含该原因代码的记录"],
  "quarantine.item": [
    "only with a reason of this item, by identifier",
    "仅限该信息项（标识符）有问题的记录",
  ],
  "quarantine.history": [
    "instead, how many records came and went by day and reason",
    "改为按日期和原因统计进出隔离区的条数",
  ],

  "quarantine.empty": ["The quarantine is empty.", "隔离区为空。"],
  "quarantine.none": ["No record in quarantine matches.", "隔离区没有符合条件的记录。"],
  "quarantine.count": [
    "{count} × {code}  {item}  ({pipeline})",
    "{count} × {code}  {item}（{pipeline}）",
  ],
  "quarantine.whole": ["whole record", "整条记录"],
  "quarantine.line": [
    "{id}  {pipeline}  since {since}  {reasons}",
    "{id}  {pipeline}  自 {since}  {reasons}",
  ],
  "quarantine.unknown": ["There is no entry {id}.", "没有条目 {id}。"],
  "quarantine.more": ["and {count} more (--limit)", "另有 {count} 条（--limit 可调）"],
  "quarantine.values": [
    "show the values unmasked; the look is noted in the ledger either way",
    "不遮盖内容；两种方式均记入台账",
  ],
  "quarantine.twice": [
    "The pipeline is named twice: {first} and {second}.",
    "任务名称给出了两个：{first} 和 {second}。",
  ],
  "quarantine.history.none": [
    "Nothing came into quarantine or left it on the days that are kept.",
    "在保留的日期内，没有记录进出隔离区。",
  ],
  "quarantine.history.line": [
    "{day}  {pipeline}  {code}  came {opened}  left {closed}",
    "{day}  {pipeline}  {code}  进入 {opened}  离开 {closed}",
  ],
  "export.exists": ["The file {file} exists already.", "文件 {file} 已存在。"],
  "export.unwritable": [
    "The file {file} cannot be written: {problem}",
    "无法写入文件 {file}：{problem}",
  ],
  "quarantine.exported": ["{count} record(s) are in {file}", "已写入 {count} 条记录：{file}"],
  "quarantine.masked": ["Values of sensitive items are masked.", "敏感信息项的值已遮盖。"],
  "quarantine.waiting": [
    "{pipeline}: the running agent reads {count} record(s) again; waiting for it (Ctrl+C stops the waiting alone)",
    "{pipeline}：由正在运行的代理重新读取 {count} 条记录，等待中（Ctrl+C 仅停止等待）",
  ],
  "quarantine.later": [
    "{pipeline}: {count} record(s) will be read again at its next run, which has no schedule",
    "{pipeline}：{count} 条记录将在下次运行时重新读取（该任务未设调度）",
  ],
  "quarantine.stale": [
    "{pipeline}: the running agent still works by an earlier configuration; restart it for this one to count",
    "{pipeline}：正在运行的代理仍使用旧配置，重启后新配置才生效",
  ],
  "quarantine.everything": [
    "{pipeline}: everything is read and sent again, since single rows cannot be",
    "{pipeline}：无法单独读取这些行，将全部重新读取并发送",
  ],
  "quarantine.retried": [
    "{pipeline}: {read} record(s) read again: {sent} sent, {gone} gone or no longer shared, {refused} still refused",
    "{pipeline}：重新读取 {read} 条：已发送 {sent}，已消失或不再共享 {gone}，仍被拒绝 {refused}",
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
