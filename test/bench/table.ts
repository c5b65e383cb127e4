/** The benchmark's table, as a department's own: 13 columns, about 290 bytes a row as JSON. */
export const database = "qianzhi_bench";

export const createTable = `
  CREATE TABLE person (
    id bigint NOT NULL COMMENT '编号',
    sfzh varchar(18) NOT NULL COMMENT '公民身份号码',
    xm varchar(50) NOT NULL COMMENT '姓名',
    xb char(1) NOT NULL COMMENT '性别',
    mz char(2) NOT NULL COMMENT '民族',
    csrq date NOT NULL COMMENT '出生日期',
    gxsj datetime(3) NOT NULL COMMENT '更新时间',
    nsr decimal(14,2) DEFAULT NULL COMMENT '年收入',
    zz varchar(200) DEFAULT NULL COMMENT '住址',
    lxdh varchar(20) DEFAULT NULL COMMENT '联系电话',
    zt char(1) NOT NULL COMMENT '状态',
    rks tinyint NOT NULL COMMENT '家庭人口数',
    bz varchar(100) DEFAULT NULL COMMENT '备注',
    PRIMARY KEY (id),
    KEY person_gxsj (gxsj, id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

interface Column {
  readonly column: string;
  readonly item: string;
  /** The rest of the item in the descriptor. */
  readonly describe: Readonly<Record<string, unknown>>;
}

export const columns: readonly Column[] = [
  { column: "id", item: "id", describe: { name: "编号", type: "integer" } },
  {
    column: "sfzh",
    item: "resident_id",
    describe: {
      name: "公民身份号码",
      type: "string",
      maxLength: 18,
      format: "resident-id",
      required: true,
      sensitivity: "high",
    },
  },
  {
    column: "xm",
    item: "name",
    describe: {
      name: "姓名",
      type: "string",
      maxLength: 50,
      required: true,
      sensitivity: "medium",
    },
  },
  {
    column: "xb",
    item: "sex",
    describe: { name: "性别", type: "string", codes: "GB/T 2261.1", required: true },
  },
  {
    column: "mz",
    item: "nation",
    describe: { name: "民族", type: "string", maxLength: 2, pattern: "^[0-9]{2}$" },
  },
  { column: "csrq", item: "born", describe: { name: "出生日期", type: "date", required: true } },
  {
    column: "gxsj",
    item: "updated",
    describe: { name: "更新时间", type: "datetime", fraction: 3, required: true },
  },
  {
    column: "nsr",
    item: "income",
    describe: { name: "年收入", type: "decimal", precision: 14, scale: 2 },
  },
  { column: "zz", item: "address", describe: { name: "住址", type: "string", maxLength: 200 } },
  { column: "lxdh", item: "phone", describe: { name: "联系电话", type: "string", maxLength: 20 } },
  {
    column: "zt",
    item: "status",
    describe: { name: "状态", type: "string", maxLength: 1, required: true },
  },
  {
    column: "rks",
    item: "household",
    describe: { name: "家庭人口数", type: "integer", minimum: 0, maximum: 99 },
  },
  { column: "bz", item: "remark", describe: { name: "备注", type: "text" } },
];

/** The resource that the table is mapped to. */
export const descriptor = {
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307001001/000017",
  identifier: "natural_person",
  name: "自然人基本信息",
  version: "1.0.0",
  provider: { name: "示范市公安局", code: "11500000009275884X" },
  share: { type: "unconditional" },
  updateCycle: "daily",
  key: ["id"],
  items: columns.map(({ item, describe }) => ({ identifier: item, ...describe })),
} as const;

export const pageRows = 5_000;

const list = columns.map(({ column }) => column).join(", ");

/** One page in (gxsj, id) order after a position: what `drain` and `prototype` read, and a careful poller would. */
export function pageQuery(
  after: readonly [string, number] | undefined,
): readonly [string, readonly unknown[]] {
  const order = `ORDER BY gxsj, id LIMIT ${pageRows}`;
  if (after === undefined) return [`SELECT ${list} FROM person ${order}`, []];
  const [stamp, id] = after;
  return [
    `SELECT ${list} FROM person WHERE gxsj >= ? AND (gxsj > ? OR id > ?) ${order}`,
    [stamp, stamp, id],
  ];
}
