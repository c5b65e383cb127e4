/** Texts about targets that are tables. */
export const targetTexts = {
  target: ["about targets other than a platform over HTTP", "关于 HTTP 平台以外的目标"],
  "target.ddl": [
    "print the tables that the target's DBA has to make",
    "输出目标库管理员需要创建的表",
  ],
  "target.ddl.names": [
    "pipelines or resources; all that are in use when none is named",
    "采集任务或信息资源；不写则为全部在用的",
  ],
  "target.ddl.profile": [
    "exchange profile to use instead of the configured one: a shipped one or a file",
    "代替配置所用的交换规范：自带规范名或文件",
  ],
  "target.ddl.dialect": [
    "database to print for: mysql, postgres, mssql or oracle; default: the configured one",
    "目标数据库：mysql、postgres、mssql 或 oracle；默认按配置",
  ],
  "target.ddl.unknown": [
    "There is no pipeline or resource {name}.",
    "没有名为 {name} 的采集任务或信息资源。",
  ],
  "proof.handedOver": [
    "  the platform's side is what was handed over in tables: what it made of it is known by its feedback alone",
    "  平台一侧以已写入前置库表的内容为准：平台如何处理，只能由其反馈得知",
  ],
  "target.none": [
    "The site delivers to a platform over HTTP, which needs no tables.",
    "本接入点向 HTTP 平台发送，不需要建表。",
  ],
  "run.once.handedOver": [
    "  {handedOver} batch(es) handed over: what the platform makes of them is heard later",
    "  {handedOver} 个批次已交付，平台的处理结果稍后得知",
  ],
} as const;
