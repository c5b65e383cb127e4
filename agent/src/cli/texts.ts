import type { Language } from "@qianzhi/sdk";
import { adapterTexts } from "./adapter-texts.ts";
import { backupTexts } from "./backup-texts.ts";
import { ledgerTexts } from "./ledger-texts.ts";
import { quarantineTexts } from "./quarantine-texts.ts";
import { reconcileTexts } from "./reconcile-texts.ts";
import { targetTexts } from "./target-texts.ts";

/** Every text of the command line that does not belong to an error code: English, then 中文. */
const texts = {
  program: [
    "Carries a department's records to the exchange platform, provably.",
    "把部门业务系统的数据可靠、可证明地送达数据交换平台。",
  ],
  "option.config": ["configuration file", "配置文件"],
  "option.json": [
    "answer with one JSON document on standard output",
    "在标准输出上以一个 JSON 文档作答",
  ],
  "option.lang": ["language of messages: zh or en", "提示信息的语言：zh 或 en"],
  "option.verbose": ["log more", "输出更详细的日志"],
  "option.logFile": [
    "copy the log into this file, 50 MiB at most with its predecessors",
    "把日志另存到此文件，连同历史文件最多 50 MiB",
  ],
  "option.help": ["show this help", "显示帮助"],
  "option.version": ["show the version", "显示版本"],
  "help.Usage:": ["Usage:", "用法："],
  "help.Options:": ["Options:", "选项："],
  "help.Global Options:": ["Global Options:", "全局选项："],
  "help.Arguments:": ["Arguments:", "参数："],
  "help.Commands:": ["Commands:", "命令："],
  "help.choices": ["one of: {choices}", "可选：{choices}"],
  "help.default": ["default: {value}", "默认：{value}"],

  hint: ["  What to do: {hint}", "  处理办法：{hint}"],
  original: ["  Original: {original}", "  原文：{original}"],
  "usage.unknownCommand": ["There is no command {name}.", "没有 {name} 命令。"],
  "usage.unknownOption": ["There is no option {name}.", "没有 {name} 选项。"],
  "usage.missingArgument": ["The argument {name} is missing.", "缺少参数 {name}。"],
  "usage.optionMissingArgument": ["The option {name} needs a value.", "选项 {name} 需要一个值。"],
  "usage.missingMandatoryOptionValue": [
    "The option {name} must be given.",
    "必须给出选项 {name}。",
  ],
  "usage.excessArguments": ["More arguments were given than the command takes.", "参数过多。"],
  "usage.invalidArgument": ["{name} is not a possible value.", "{name} 不是可用的值。"],
  "usage.other": ["The command cannot be understood: {name}", "无法理解该命令：{name}"],
  "usage.meant": ["{problem} Did you mean {meant}?", "{problem}是否应为 {meant}？"],

  init: ["write a working configuration to edit", "生成一份可直接运行、可修改的配置"],
  "init.directory": [
    "directory to create; must be empty or absent",
    "要创建的目录，须为空或不存在",
  ],
  "init.notEmpty": ["The directory {directory} is not empty.", "目录 {directory} 不为空。"],
  "init.done": [
    "A working configuration is in {directory}:",
    "已在 {directory} 生成可运行的配置：",
  ],
  "init.next": ["Try it, in two terminals:", "可在两个终端中试运行："],
  "init.edit": [
    "Then point qianzhi.yaml at your own database and platform.",
    "然后在 qianzhi.yaml 中改为您自己的数据库和平台。",
  ],

  sandbox: [
    "start the reference exchange platform, to develop and test against",
    "启动参考交换平台，用于开发和测试",
  ],
  "sandbox.host": ["address to listen at", "监听地址"],
  "sandbox.port": ["port; 0 takes a free one", "端口；0 表示任取空闲端口"],
  "sandbox.directory": [
    "directory for its database; without it everything is kept in memory",
    "数据库目录；不写则全部保存在内存中",
  ],
  "sandbox.token": ["enrolment token; default: a random one", "注册令牌；默认随机生成"],
  "sandbox.bare": ["do not register the site of the configuration", "不登记配置中的接入点"],
  "sandbox.missing": [
    "The sandbox is not installed. Install @qianzhi/sandbox beside the agent.",
    "未安装参考平台。请在代理旁安装 @qianzhi/sandbox。",
  ],
  "sandbox.unlistenable": [
    "The sandbox cannot listen at {address} ({reason}); give it another with --port or --host.",
    "无法监听 {address}（{reason}），请用 --port 或 --host 换一个地址。",
  ],
  "sandbox.noCases": [
    "The installed @qianzhi/sandbox has no conformance cases. Install the version of this agent.",
    "已安装的 @qianzhi/sandbox 不含一致性检验，请安装与本代理配套的版本。",
  ],
  "sandbox.ready": ["The reference platform and its page are at {url}", "参考平台及其页面：{url}"],
  "sandbox.token.is": ["Enrolment token: {token}", "注册令牌：{token}"],
  "sandbox.enrolled": [
    "Registered the site {site} with {count} resource(s).",
    "已登记接入点 {site}，共 {count} 个信息资源。",
  ],
  "sandbox.stop": ["Stop it with Ctrl+C.", "按 Ctrl+C 停止。"],

  publish: ["publish the descriptors to the platform's catalog", "把资源描述发布到平台目录"],
  "publish.resources": ["identifiers; default: all", "资源标识符；默认全部"],
  "publish.created": ["{resource} {version}: published", "{resource} {version}：已发布"],
  "publish.unchanged": [
    "{resource} {version}: already in the catalog",
    "{resource} {version}：目录中已有",
  ],
  "publish.unknown": [
    "The configuration has no resource {resource}.",
    "配置中没有信息资源 {resource}。",
  ],

  platform: ["about exchange platforms", "关于交换平台"],
  "platform.verify": [
    "run the protocol's conformance cases against a platform",
    "对平台执行协议一致性检验",
  ],
  "platform.verify.url": ["address of the platform", "平台地址"],
  "platform.verify.token": [
    "enrolment token of the platform; default: $QIANZHI_ENROLMENT_TOKEN",
    "平台的注册令牌；默认取 $QIANZHI_ENROLMENT_TOKEN",
  ],
  "platform.verify.level": [
    "highest level of the protocol to check: 1, 2 or 3",
    "检验到的协议级别：1、2 或 3",
  ],
  "platform.verify.passed": ["passed  {name}", "通过  {name}"],
  "platform.verify.failed": ["FAILED  {name}", "失败  {name}"],
  "platform.verify.skipped": ["skipped {name}: {reason}", "跳过  {name}：{reason}"],
  "platform.verify.sum": [
    "{passed} passed, {failed} failed, {skipped} skipped",
    "通过 {passed}，失败 {failed}，跳过 {skipped}",
  ],

  ...adapterTexts,
  ...backupTexts,
  ...ledgerTexts,
  ...quarantineTexts,
  ...reconcileTexts,
  ...targetTexts,

  check: ["check everything that can be wrong before running", "运行前检查一切可能的问题"],
  preview: [
    "show first rows as mapped records, with what would be refused",
    "预览前几行映射后的记录及将被拒绝的内容",
  ],
  "preview.rows": ["how many rows", "行数"],
  pipeline: ["name of the pipeline", "任务名称"],
  pipelines: ["names of pipelines; default: all", "任务名称；默认全部"],
  run: ["read, seal and deliver until stopped", "持续采集、封装并推送，直到停止"],
  "run.once": [
    "run each pipeline once, deliver everything, and end",
    "每个任务运行一次，全部送达后结束",
  ],
  "run.takeOver": ["take the site over from another agent", "从另一代理接管本接入点"],
  status: ["say whether all is well, and what to do if not", "说明是否正常，以及如何处理"],
  pause: ["pause a pipeline", "暂停任务"],
  resume: ["resume a pipeline", "恢复任务"],
  resync: ["read everything again and send what differs", "重新读取全部数据，发送有差异的部分"],
  approve: ["let the deletions pass that the delete guard holds back", "放行被删除保护拦下的删除"],

  "check.ok": [
    "Nothing is wrong: {pipelines} pipeline(s), {sources} source(s), and the platform.",
    "检查通过：任务 {pipelines} 个，数据源 {sources} 个，平台正常。",
  ],
  "check.sum": [
    "{problems} problem(s), {warnings} warning(s)",
    "问题 {problems} 个，警告 {warnings} 个",
  ],
  "check.problem": ["PROBLEM", "问题"],
  "check.warning": ["warning", "警告"],
  "check.note": ["note", "说明"],
  "check.subject.source": ["source {name}", "数据源 {name}"],
  "check.subject.pipeline": ["pipeline {name}", "采集任务 {name}"],
  "check.subject.resource": ["resource {name}", "信息资源 {name}"],
  "check.subject.platform": ["platform", "平台"],
  "check.subject.data": ["data directory", "数据目录"],

  "preview.refused": ["  would be refused: {reasons}", "  将被拒绝：{reasons}"],
  "preview.deleted": [
    "  counts as deleted (deletedWhen, or outside where): not sent",
    "  视为已删除（满足 deletedWhen 或不满足 where），不发送",
  ],
  "preview.none": ["The relation has no rows.", "没有数据行。"],
  "preview.masked": ["Values of sensitive items are masked.", "敏感信息项的值已遮盖。"],

  "pipeline.unknown": ["The configuration has no pipeline {name}.", "配置中没有任务 {name}。"],
  "run.page": ["The page is at {url}", "页面：{url}"],
  "run.started": [
    "The agent runs: {pipelines} pipeline(s) to {url}. Stop it with Ctrl+C.",
    "代理已启动：{pipelines} 个任务，平台 {url}。按 Ctrl+C 停止。",
  ],
  "run.stopped": [
    "The agent has stopped; {batches} batch(es) wait for the next start.",
    "代理已停止，{batches} 个批次留待下次启动。",
  ],
  "run.once.line": [
    "{name}: read {read}, unchanged {unchanged}, accepted {accepted}, quarantined {quarantined}, deleted {deleted}, {batches} batch(es), {seconds} s",
    "{name}：读取 {read}，未变 {unchanged}，已接收 {accepted}，隔离 {quarantined}，删除 {deleted}，批次 {batches}，用时 {seconds} 秒",
  ],
  "run.once.paused": ["{name}: paused, not run", "{name}：已暂停，未运行"],
  "run.progress": ["{name} {bar} {read} rows", "{name} {bar} {read} 行"],

  "status.ok": ["OK: all pipelines are well.", "正常"],
  "status.attention": ["{count} item(s) need attention", "需处理 {count} 项"],
  "status.line": [
    "{name}  {state}  lag {lag}  waiting {waiting}  quarantined {quarantined}{position}",
    "{name}  {state}  延迟 {lag}  待发批次 {waiting}  隔离 {quarantined}{position}",
  ],
  "status.position": ["  position {position}", "  位点 {position}"],
  "status.heldBy": [
    "    position held back since {since} by: {session}",
    "    位点自 {since} 起等待：{session}",
  ],
  "status.feed": [
    "    feed read to its end at {readToEndAt}, looked at last at {asOf}",
    "    变更流于 {readToEndAt} 读至末尾，最近一次查看 {asOf}",
  ],
  "status.feed.kept": [
    "    the source then kept {bytes} bytes of its log for it, and may keep {limit}",
    "    当时源系统为其保留日志 {bytes} 字节，上限 {limit}",
  ],
  "status.source": [
    "source {name}  last hour: {hourStatements} statements, {hourRows} rows, busy {hourBusy} %  since {since}: {statements} statements, {rows} rows, busy {busy} %",
    "数据源 {name}  近一小时：语句 {hourStatements} 条，{hourRows} 行，占用 {hourBusy}%  自 {since}：语句 {statements} 条，{rows} 行，占用 {busy}%",
  ],
  "status.source.unasked": ["source {name}  not asked yet", "数据源 {name}  尚未访问"],
  "status.pageRows": [
    "    pages of {rows} rows instead of {wanted} for {pipeline}",
    "    {pipeline} 每页 {rows} 行（原 {wanted} 行）",
  ],
  "status.spared.window": [
    "    not read now: outside its window until {opensAt}",
    "    当前不读取：不在允许时段内，{opensAt} 开放",
  ],
  "status.spared.slow": [
    "    asked less in the last hour: it answered slowly",
    "    近一小时已减少访问：响应缓慢",
  ],
  "status.spared.rate": [
    "    asked less in the last hour: maxRowsPerSecond",
    "    近一小时已减少访问：maxRowsPerSecond 限速",
  ],
  "status.key": ["Public key {keyId}: {publicKey}", "公钥 {keyId}：{publicKey}"],
  "status.samples": ["    gone, for example: {samples}", "    消失的键，例如：{samples}"],
  "status.several": ["{names} and {more} more", "{names} 等（另有 {more} 个）"],
  "status.next": ["    next: {command}", "    下一步：{command}"],
  "status.state.waiting": ["not run yet", "未运行"],
  "status.state.loading": ["first load", "首次装载"],
  "status.state.running": ["running", "运行中"],
  "status.state.paused": ["paused", "已暂停"],
  "status.state.held": ["held by the delete guard", "被删除保护暂停"],
  "status.state.failed": ["stopped by an error", "因错误停止"],
  "issue.QUARANTINED": [
    "{count} record(s) are in quarantine, the oldest since {since}",
    "隔离区有 {count} 条记录，最早的始于 {since}",
  ],
  "issue.PAUSED": ["paused by a person", "已被人工暂停"],
  "issue.NEVER_RAN": ["has not run yet", "尚未运行过"],
  "issue.RECONCILIATION_OWED": [
    "source and platform must be compared: {reason}",
    "需要比对源与平台：{reason}",
  ],
  "issue.STORE_KEPT_ASIDE": [
    "the data file was damaged; the agent began a new one at {since} and keeps the old one as {path}",
    "数据文件曾损坏；代理已于 {since} 启用新文件，旧文件另存为 {path}",
  ],
  "issue.STORE_KEPT_ASIDE.next": [
    "check the disk and the memory of this machine, then remove {path}",
    "检查本机的磁盘和内存，然后删除 {path}",
  ],

  "pause.done": ["{name}: paused", "{name}：已暂停"],
  "resume.done": ["{name}: resumed", "{name}：已恢复"],
  "resync.done": [
    "{name}: everything will be read and sent again at the next run",
    "{name}：下次运行将全部重新读取并发送",
  ],
  "approve.done": [
    "{name}: {deletes} deletion(s) may pass at the next run",
    "{name}：下次运行放行 {deletes} 条删除",
  ],
  "approve.nothing": [
    "{name}: the delete guard holds nothing back",
    "{name}：删除保护没有拦下任何内容",
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;

export type TextKey = keyof typeof texts;

/** A text in a language, `{name}` filled from the details. */
export function textOf(
  language: Language,
  key: TextKey,
  details: Readonly<Record<string, unknown>> = {},
): string {
  return texts[key][language === "zh" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(details[name] ?? "?"),
  );
}

/** Whether there is a text of that name. */
export const isTextKey = (key: string): key is TextKey => key in texts;

export const textKeys = Object.keys(texts) as readonly TextKey[];
