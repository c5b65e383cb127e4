/** The texts of `qianzhi compare` and `qianzhi reconcile`, and of what `status` says of it: English, then 中文. */
export const reconcileTexts = {
  compare: [
    "compare source and platform record by record, without changing either",
    "逐条比对源与平台，不作任何修改",
  ],
  "compare.equal": [
    "{pipeline}: {rows} source rows, all equal at the platform",
    "{pipeline}：源 {rows} 行，平台全部一致",
  ],
  "compare.present": [
    "{pipeline}: {rows} source rows are equal at the platform, which has {surplus} more:",
    "{pipeline}：源 {rows} 行在平台上均一致，但平台多出 {surplus} 条记录：",
  ],
  "compare.named": [
    "{pipeline}: {rows} source rows = {equal} equal at the platform + {named} named below",
    "{pipeline}：源 {rows} 行 = 平台一致 {equal} + 下列差异 {named}",
  ],
  "compare.surplus": [
    "  besides, {count} record(s) at the platform have no source row",
    "  另有 {count} 条平台记录在源中不存在",
  ],
  "compare.digest": [
    "  digest  source {source}  platform {platform}  {verdict}",
    "  摘要  源 {source}  平台 {platform}  {verdict}",
  ],
  "compare.withdrawn": ["  the platform holds nothing of it", "  平台已无其任何记录"],
  "compare.notWithdrawn": [
    "  the platform still holds {count} record(s), which the agent asks it to remove",
    "  平台仍有 {count} 条记录，代理会请求平台撤除",
  ],
  "compare.agree": ["they agree", "一致"],
  "compare.differ": ["they differ", "不一致"],
  "compare.kind.refused": ["not fit to be sent", "不符合要求，未发送"],
  "compare.kind.missing": ["missing at the platform", "平台缺失"],
  "compare.kind.stale": ["older at the platform", "平台版本较旧"],
  "compare.kind.surplus": ["not in the source any more", "源中已不存在"],
  "compare.more": ["  and {count} more (--limit)", "  另有 {count} 条（--limit 可调）"],
  "compare.values": [
    "show the keys unmasked; the look is noted in the ledger",
    "不遮盖键值；查看记入台账",
  ],

  reconcile: [
    "compare source and platform, and send again what differs",
    "源与平台对账，重新发送有差异的部分",
  ],
  "reconcile.equal": [
    "{pipeline}: {rows} source rows, all equal at the platform ({seconds} s)",
    "{pipeline}：源 {rows} 行，平台全部一致（{seconds} 秒）",
  ],
  "reconcile.named": [
    "{pipeline}: {rows} source rows, equal at the platform except {named} named key(s) ({seconds} s): qianzhi quarantine list {pipeline}",
    "{pipeline}：源 {rows} 行，除 {named} 个已列明的键外平台全部一致（{seconds} 秒）：qianzhi quarantine list {pipeline}",
  ],
  "reconcile.repaired": [
    "{pipeline}: {rows} source rows, {equal} equal at the platform, {named} named; sent again: {missing} missing, {stale} out of date; deleted: {surplus} ({seconds} s)",
    "{pipeline}：源 {rows} 行，平台一致 {equal}，已列明 {named}；重新发送：缺失 {missing}，过期 {stale}；删除：{surplus}（{seconds} 秒）",
  ],
  "reconcile.resent": [
    "{pipeline}: so much differs that everything is sent again",
    "{pipeline}：差异过多，已全部重新发送",
  ],
  "reconcile.part": [
    "  more differs: going on when this has been delivered",
    "  还有差异，本次送达后继续对账",
  ],
  "reconcile.waiting": [
    "{pipeline}: the running agent has been asked; waiting for its result (Ctrl+C leaves it to the agent)",
    "{pipeline}：已交由正在运行的代理对账，等待结果（按 Ctrl+C 不再等待，对账照常进行）",
  ],
  "reconcile.kind.missing": ["was missing at the platform", "平台缺失"],
  "reconcile.kind.stale": ["was out of date at the platform", "平台版本过期"],
  "reconcile.kind.surplus": ["has no source row", "源中无此行"],
  "reconcile.because.late-commit": [
    "committed late, behind the position",
    "提交过晚，落在位点之后",
  ],
  "reconcile.because.unstamped": [
    "changed without a new stamp, or changed at the platform",
    "修改时未更新变更列，或在平台上被改动",
  ],
  "reconcile.because.deleted": ["deleted in the source", "已在源中删除"],
  "reconcile.because.changed-at-platform": ["changed at the platform", "在平台上被改动"],
  "status.withdrawn": ["    withdrawn from the platform at {at}", "    已于 {at} 从平台撤回"],
  "status.withdrawing": [
    "    the platform is asked since {at} to remove what it has",
    "    自 {at} 起请求平台撤除已有记录",
  ],
  "status.reconciled": [
    "    reconciled {at}: {rows} rows, {equal} equal, {named} named, {repaired} repaired",
    "    对账于 {at}：{rows} 行，一致 {equal}，已列明 {named}，已修复 {repaired}",
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
