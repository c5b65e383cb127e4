import { pageTextOf, type PageTexts } from "@qianzhi/page";

/** The texts of the page: English, then 中文. */
const texts = {
  title: ["Qianzhi · reference platform", "前置 · 参考平台"],
  asOf: ["as of {time}", "截至 {time}"],
  other: ["中文", "English"],
  silent: [
    "The platform does not answer: this is what it showed last.",
    "平台没有应答，以下为最后一次的内容。",
  ],
  "verdict.equal": [
    "Every copy was equal to its source when its site last compared them",
    "各副本在接入点最近一次比对时均与源一致",
  ],
  "verdict.differed": [
    "{count} of {all} copies differed from their source when their site last compared them",
    "{all} 个副本中有 {count} 个在接入点最近一次比对时与源不一致",
  ],
  "verdict.unknown": [
    "{count} of {all} copies have not been compared with their source since the platform started",
    "平台启动以来，{all} 个副本中有 {count} 个尚未与源比对",
  ],
  "verdict.nothing": ["No site has sent anything yet", "尚无接入点发送数据"],
  copies: ["The copy beside the source", "副本与源"],
  copiesHow: [
    "The platform does not see a source. A site compares by asking for the digest of every bucket of keys and then for the buckets that differ, as qianzhi reconcile and qianzhi compare do; this is what came of the last time.",
    "平台看不到数据源。接入点比对时先查询每个键分桶的摘要，再查询有差异的分桶（qianzhi reconcile 和 qianzhi compare 即如此）；下表为最近一次的结果。",
  ],
  resource: ["resource", "信息资源"],
  stream: ["site / pipeline", "接入点 / 任务"],
  result: ["compared with the source", "比对结果"],
  "result.equal": ["equal", "一致"],
  "result.moved": ["equal as of batch {batch}", "截至批次 {batch} 一致"],
  "result.differed": [
    "{listed} of {buckets} buckets differed",
    "{buckets} 个分桶中 {listed} 个不一致",
  ],
  "result.empty": ["the copy was empty", "当时副本为空"],
  "result.none": ["not yet", "尚未比对"],
  when: ["compared", "比对时间"],
  arrived: ["arrived", "到达时间"],
  records: ["records", "记录数"],
  digest: ["digest of the copy", "副本摘要"],
  batch: ["batch", "批次"],
  contrast: ["The same source, read in other ways", "同一数据源，不同读法"],
  contrastRows: ["{resource}: {rows} rows in the source", "{resource}：源 {rows} 行"],
  copy: ["copy by", "副本来自"],
  missing: ["lost unnoticed", "不知不觉丢失"],
  outdated: ["out of date", "过时"],
  surplus: ["gone, yet kept", "已消失却仍在"],
  named: ["held back, named", "暂不发送且已列明"],
  batches: ["The last batches", "最近的批次"],
  batchesNone: ["None has arrived yet.", "尚未收到。"],
  accepted: ["accepted", "接受"],
  refused: ["refused", "拒收"],
  batchDigest: ["digest", "摘要"],
  catalog: ["Catalog", "目录"],
  catalogNone: ["No resource has been published yet.", "尚未发布信息资源。"],
  name: ["name", "名称"],
  identifier: ["identifier", "标识符"],
  version: ["version", "版本"],
  code: ["resource code", "信息资源代码"],
  provider: ["provider", "提供方"],
  published: ["published", "发布时间"],
} as const satisfies PageTexts<string>;

export type TextKey = keyof typeof texts;

export const pageText = pageTextOf(texts);
