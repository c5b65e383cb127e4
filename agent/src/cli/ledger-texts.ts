/** The texts of `qianzhi ledger`: English, then 中文. */
export const ledgerTexts = {
  ledger: ["the account of what the agent has done", "台账：代理所做之事的记录"],
  "ledger.list": ["the latest entries", "列出最近的条目"],
  "ledger.list.limit": ["entries to show at most", "最多显示的条目数"],
  "ledger.list.kind": [
    "only entries of this kind, batch-sealed say",
    "仅限此类条目，例如 batch-sealed",
  ],
  "ledger.empty": ["The ledger has no such entries.", "台账中没有此类条目。"],
  "ledger.line": ["{seq}  {at}  {kind}  {detail}", "{seq}  {at}  {kind}  {detail}"],
  "ledger.verify": [
    "whether the entries are as they were written, none altered, cut out or put in",
    "核验条目是否与写入时一致，有无改动、删除或插入",
  ],
  "ledger.verify.file": [
    "an exported ledger; without it that of the site",
    "导出的台账文件；不填则核验本站台账",
  ],
  "ledger.none": ["There are no entries.", "没有条目。"],
  "ledger.intact": [
    "{entries} entries from number {first} on, each as it was written. Hash of the last: {head}",
    "自第 {first} 号起共 {entries} 条，均与写入时一致。最后一条的哈希：{head}",
  ],
  "ledger.note": [
    "Note the hash elsewhere: only it shows later whether the end was cut off.",
    "请另行记下该哈希：日后只有它能证明末尾未被截去。",
  ],
  "ledger.broken": [
    "The ledger is not as it was written: entry {seq} does not follow from the one before, or was altered.",
    "台账与写入时不一致：第 {seq} 条与前一条不衔接，或已被改动。",
  ],
  "ledger.broken.next": [
    "Keep a copy of the data directory as it is now (`qianzhi backup`), and find out who has written to its files besides the agent.",
    "请立即保留数据目录的现状（`qianzhi backup`），并查明除代理外谁写过其中的文件。",
  ],
  "ledger.broken.file": [
    "Fetch the file anew from where it was kept, or export again, and find out who has written to it.",
    "请从存放处重新取得该文件，或重新导出，并查明谁写过它。",
  ],
  "ledger.unreadable": [
    "line {line} of {file} is no entry of a ledger",
    "{file} 第 {line} 行不是台账条目",
  ],
  "ledger.unopened": ["{file} cannot be read: {problem}", "无法读取 {file}：{problem}"],
  "ledger.export": [
    "write the entries to a new file, one JSON text a line",
    "把条目写入新文件，每行一条 JSON",
  ],
  "ledger.export.file": ["file to create", "要创建的文件"],
  "ledger.export.after": [
    "only entries behind this number, the last of an earlier export say",
    "仅限此号之后的条目，例如上次导出的最后一号",
  ],
  "ledger.exported": [
    "{count} entries are in {file}, up to number {through}.",
    "已将 {count} 条写入 {file}，至第 {through} 号。",
  ],
} as const;
