import type { Language } from "@qianzhi/sdk";

/** Comments in the reader's language; the configuration itself is one. */
export function sampleConfiguration(language: Language): string {
  const c = (en: string, zh: string): string => (language === "zh" ? zh : en);
  return `# yaml-language-server: $schema=./qianzhi.schema.json
# ${c("A Qianzhi site. Try it: `qianzhi sandbox` in one terminal, `qianzhi run` in another.", "前置站点配置。试运行：一个终端执行 qianzhi sandbox，另一个执行 qianzhi run。")}
site: my-site                       # ${c("this deployment's name at the platform", "本接入点在平台上的名称")}
data: ./data                        # ${c("outbox, positions and ledger; keep it on a local disk", "发件箱、位点和台账所在目录，须在本地磁盘")}
language: ${language}
timeZone: Asia/Shanghai             # ${c("zone of the schedules", "调度所用时区")}

platform:
  url: http://127.0.0.1:8787        # ${c("address of the exchange platform", "数据交换平台地址")}
  key: { file: ./secrets/site-key.pem }
  keyId: main

page:
  listen: 127.0.0.1:8470            # ${c("the agent's own page while it runs; without this part there is none", "代理运行时的页面；删去本段则不开放")}

resources: [./resources/*.yaml]     # ${c("one descriptor a file", "每个文件一份资源描述")}

sources:
  legacy:
    kind: sqlite                    # ${c("or mysql: options { host, port, database, user, password: { env: NAME } }", "或 mysql：options { host, port, database, user, password: { env: 变量名 } }")}
    options: { path: ./sample.db }
    offset: "+08:00"                # ${c("offset of times without zone", "无时区时间的固定偏移")}

pipelines:
  persons:
    resource: natural_person
    source: legacy
    table: rkxx                     # ${c("or query: |, a read-only SELECT", "或用 query: | 写只读 SELECT")}
    mode: cursor                    # ${c("cursor = by a change column; diff = full comparison, sees physical deletes; native = the source's own feed of changes", "cursor = 按变更列增量；diff = 全量比对，可发现物理删除；native = 源系统自带的变更流")}
    cursor: gxsj
    key: [sfzh]
    deletedWhen: zxbz = 1           # ${c("rows that count as deleted", "视为删除的行")}
    settle: 5s                      # ${c("longer than the longest transaction that writes the table", "应大于写该表的最长事务时间")}
    schedule: "*/5 * * * * *"       # ${c("second minute hour day month weekday", "秒 分 时 日 月 星期")}
    reconcile: "0 30 2 * * 0"       # ${c("when source and platform are compared and repaired; never = only by hand", "何时与平台对账并修复差异；never = 仅手工执行")}
    map:                            # ${c("item: column, with transforms", "信息项: 列，可带转换")}
      resident_id: sfzh
      name: { column: xm, trim: true }
      sex: { column: xb, dictionary: sex }
      birth_date: { column: csrq, date: yyyyMMdd }
      updated_at: gxsj

dictionaries:
  sex: { entries: { 男: "1", 女: "2" } }
`;
}

export function sampleDescriptor(language: Language): string {
  const c = (en: string, zh: string): string => (language === "zh" ? zh : en);
  return `# ${c("The contract of a resource: what the platform's catalog knows of it.", "信息资源描述：与平台目录一致的契约。")}
apiVersion: qianzhi/v1
kind: Resource
code: "307050001/000017"            # ${c("resource code: class, item, entry digits / serial", "信息资源代码：类/项/目/细目 + “/” + 顺序码")}
identifier: natural_person
name: 自然人基本信息
version: 1.0.0
provider: { name: 示例部门, code: 11500000MB0000019F }
share: { type: conditional, condition: 仅限行政审批核验 }
updateCycle: realtime
key: [resident_id]
items:
  - { identifier: resident_id, name: 公民身份号码, type: string, maxLength: 18, format: resident-id, sensitivity: high }
  - { identifier: name, name: 姓名, type: string, maxLength: 50, required: true, sensitivity: medium }
  - { identifier: sex, name: 性别, type: string, codes: GB/T 2261.1 }
  - { identifier: birth_date, name: 出生日期, type: date, sensitivity: medium }
  - { identifier: updated_at, name: 更新时间, type: datetime, required: true }
`;
}

/** Fictional persons: computed numbers with low serials. The third row is dirty, the fourth flagged as deleted. */
export const sampleTable = `
CREATE TABLE rkxx (sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, xb TEXT, csrq TEXT, zxbz INTEGER NOT NULL DEFAULT 0, gxsj DATETIME NOT NULL);
CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
INSERT INTO rkxx VALUES
  ('510102200102030003', '冉建国', '男', '20010203', 0, datetime('now', '+8 hours', '-2 hours')),
  ('500101199001010018', '欧阳秀英', '女', '19900101', 0, datetime('now', '+8 hours', '-2 hours')),
  ('500112200002290028', NULL, '女', '20000229', 0, datetime('now', '+8 hours', '-1 hours')),
  ('500103199001010010', '向明', '男', '19900101', 1, datetime('now', '+8 hours', '-1 hours'));
`;
