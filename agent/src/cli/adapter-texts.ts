/** The texts of `qianzhi adapter`: English, then 中文. */
export const adapterTexts = {
  adapter: ["about adapters", "关于适配器"],
  "adapter.init": [
    "write a small adapter that passes the conformance suite, to edit",
    "生成一个能通过一致性检验的小型适配器，供修改",
  ],
  "adapter.init.done": ["An adapter is in {directory}:", "已在 {directory} 生成适配器："],
  "adapter.init.next": ["See it pass, then make it yours:", "先运行检验，再改成您自己的适配器："],
  "adapter.verify": [
    "run the conformance suite against an adapter, and print its report card",
    "对适配器执行一致性检验并给出成绩单",
  ],
  "adapter.verify.adapter": [
    "name of a package, or path of a file, a folder or a .tgz",
    "软件包名，或文件、目录、.tgz 的路径",
  ],
  "adapter.verify.source": [
    "run only the cases that read, against this source of the configuration",
    "只执行读取类检验，对象为配置中的这个数据源",
  ],
  "adapter.verify.table": ["with --source: the table to read", "与 --source 一起使用：要读取的表"],
  "adapter.verify.both": [
    "--source and --table are given together.",
    "--source 与 --table 须同时给出。",
  ],
  "adapter.verify.noHarness": [
    "{name} comes without a harness, so there is nothing to put tables into. Name a configured source and a table to read: --source NAME --table TABLE.",
    "{name} 未附带 harness，无法建立检验用的表。请指定配置中的数据源和要读取的表：--source 名称 --table 表名。",
  ],
  "adapter.verify.notProvided": [
    "The harness of {name} has no source to run against: {reason}",
    "{name} 的 harness 没有可供检验的数据源：{reason}",
  ],
  "adapter.verify.noTestkit": [
    "The conformance suite is not installed. Install @qianzhi/adapter-testkit beside the agent.",
    "未安装一致性检验。请在代理旁安装 @qianzhi/adapter-testkit。",
  ],
  "adapter.verify.unknownSource": [
    "The configuration has no source {source}.",
    "配置中没有数据源 {source}。",
  ],
  "adapter.verify.suite": [
    "{name} (kind {kind}): the whole suite",
    "{name}（kind {kind}）：全部检验",
  ],
  "adapter.verify.site": [
    "{name}: the cases that only read, against {table} of {source}",
    "{name}：只读检验，对象为 {source} 的 {table}",
  ],
  "adapter.verify.group": [
    "{group}: {passed} passed, {failed} failed, {leftOut} left out",
    "{group}：通过 {passed}，失败 {failed}，未执行 {leftOut}",
  ],
  "adapter.verify.failed": ["    FAILED  {name}", "    失败  {name}"],
  "adapter.verify.protects": [
    "        it protects: {protects}",
    "        所防范的问题：{protects}",
  ],
  "adapter.verify.leftOut": ["    left out {count}: {reason}", "    未执行 {count} 项：{reason}"],
  "adapter.verify.sum": [
    "{passed} passed, {failed} failed, {leftOut} left out",
    "通过 {passed}，失败 {failed}，未执行 {leftOut}",
  ],
  "adapter.group.adapter": ["adapter", "适配器"],
  "adapter.group.discovery": ["discovery", "结构发现"],
  "adapter.group.types": ["types", "类型"],
  "adapter.group.texts and times": ["texts and times", "文本与时间"],
  "adapter.group.paging": ["paging", "分页"],
  "adapter.group.key order": ["key order", "键的次序"],
  "adapter.group.concurrent changes": ["concurrent changes", "并发变更"],
  "adapter.group.point reads": ["point reads", "按键读取"],
  "adapter.group.predicates": ["predicates", "条件"],
  "adapter.group.horizon": ["horizon", "安全位"],
  "adapter.group.horizon traps": ["horizon traps", "安全位陷阱"],
  "adapter.group.listing": ["listing", "完整列出"],
  "adapter.group.change feed": ["change feed", "变更流"],
  "adapter.group.cancelling": ["cancelling", "取消"],
  "adapter.group.connection": ["connection", "连接"],
  "adapter.group.closing": ["closing", "关闭"],
  "adapter.group.discretion": ["discretion", "只读与保密"],
  "adapter.group.site": ["site", "现场"],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
