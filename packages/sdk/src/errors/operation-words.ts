import type { Language } from "./qianzhi-error.ts";

/** What adapters, agent and exchange call their own work, in Chinese. Names of rights (SELECT) are the same in both. */
const operationsZh: Readonly<Record<string, string>> = {
  connect: "连接",
  open: "打开",
  probe: "查看服务器",
  discover: "列出表",
  describe: "读取列信息",
  scan: "分页读取",
  list: "整表读取",
  changes: "读取变更流",
  horizon: "查询未提交事务",
  "read the changes of": "读取变更流",
  "estimate a page of": "估算代价",
  "read the greatest value of": "读取最大值",
  "check the key of": "检查键是否唯一",
  page: "整页读取",
  poll: "轮询",
  nulls: "查找空值",
  keys: "按键复读",
  deliver: "推送",
  drain: "等待送达",
  flush: "写入",
  publish: "发布",
  read: "读取",
  store: "保存",
  reconcile: "对账",
  "quarantine retry": "重读隔离区",
};

/** The name of an operation as it is said in a language; one that is not known is said as it is. */
export const operationIn = (language: Language, operation: string): string =>
  (language === "zh" ? operationsZh[operation] : undefined) ?? operation;
