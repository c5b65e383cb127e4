import {
  duration,
  flag,
  group,
  integer,
  list,
  name,
  oneOfWords,
  text,
  textCharset,
  type DescribedSchema,
} from "./schema-words.ts";

const constant: DescribedSchema = {
  type: ["string", "number", "boolean"],
  description: 'A fixed value instead of a column. Write codes in quotes: `"01"`.',
  zh: '固定值，不取自列。代码请加引号：`"01"`。',
};

const mapping: DescribedSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    column: text(["Source column.", "源列名。"]),
    constant,
    ...textCharset,
    trim: flag(["Remove blanks at both ends.", "去掉首尾空白。"], { default: false }),
    nulls: list({ type: "string" }, [
      'Texts that mean "no value": `["/", 无]`. A day, `1900-01-01`, means its midnight too.',
      '表示“无值”的文本：`["/", 无]`。日期如 `1900-01-01` 也包括其零点时刻。',
    ]),
    case: oneOfWords(
      ["upper", "lower"],
      ["Change letters to upper or lower case.", "字母转为大写或小写。"],
    ),
    normalise: oneOfWords(
      ["NFC", "NFKC"],
      [
        "Unicode normal form. Rewrites compatibility ideographs, names included: only on purpose.",
        "Unicode 规范形式。会改写兼容汉字（包括姓名），仅在确有需要时使用。",
      ],
    ),
    dictionary: name(["Name of a dictionary below `dictionaries`.", "`dictionaries` 下的字典名。"]),
    date: text([
      "Pattern of a date or time kept as text: yyyy MM M dd d HH H mm ss and other characters as they stand. `excel`: the whole days that Excel counts from 1900.",
      "以文本保存的日期或时间的格式：yyyy MM M dd d HH H mm ss，其余字符按原样。`excel`：Excel 自 1900 年起计的整日序号。",
    ]),
    number: {
      ...group(
        {
          group: text(["Character between groups of digits.", "千位分隔符。"], { maxLength: 1 }),
          decimal: text(["Character before the fraction.", "小数点字符。"], {
            maxLength: 1,
            default: ".",
          }),
          units: {
            type: "object",
            additionalProperties: { type: "integer", minimum: -12, maximum: 12 },
            description:
              'What may stand after the digits, and how many places the point moves to the right for it: `{ 万元: 4, 元: 0, "": 4 }`. Any other unit is refused.',
            zh: '数字后可带的单位，及小数点右移的位数：`{ 万元: 4, 元: 0, "": 4 }`。其他单位一律拒绝。',
          },
        },
        [],
        ["A number kept as text.", "以文本保存的数字。"],
      ),
    },
  },
};

const itemMapping: DescribedSchema = {
  anyOf: [{ type: "string", minLength: 1 }, mapping],
  description:
    "A column's name, or the column (or a constant) with its transforms, applied in this order: trim, nulls, case, normalise, dictionary, number, date.",
  zh: "列名；或列（或固定值）及其转换，按此顺序执行：trim、nulls、case、normalise、dictionary、number、date。",
};

const maxDeletes = group(
  {
    percent: integer([0, 100], ["Percent of the rows known before.", "占原有行数的百分比。"], {
      default: 10,
    }),
    rows: integer([0, 1_000_000_000], ["Rows.", "行数。"], { default: 1000 }),
  },
  [],
  [
    "Delete guard: more deletions in one run than both limits pause the pipeline until the rows return or `qianzhi approve`.",
    "删除保护：一次运行的删除数同时超过两个限值时任务暂停，直到数据恢复或执行 `qianzhi approve`。",
  ],
  { default: {} },
);

export const pipelineSchema: DescribedSchema = group(
  {
    resource: text(["Identifier of the resource that it feeds.", "所供给的信息资源的标识符。"]),
    source: name(["Name of a source below `sources`.", "`sources` 下的数据源名。"]),
    table: {
      anyOf: [
        { type: "string", minLength: 1 },
        { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
      ],
      description: "Table or view, `hr.person`; as a list when a name holds a dot.",
      zh: "表或视图，如 `hr.person`；名称含点时写成列表。",
    },
    query: text([
      "Instead of a table: a read-only SELECT. Its key must be named.",
      "代替表：只读的 SELECT，须写明 key。",
    ]),
    mode: oneOfWords(
      ["cursor", "diff", "replace", "native"],
      [
        "`cursor` reads what a change column shows; `diff` compares the whole table and sees deletions; `replace` sends a small table as a whole whenever it has changed, and needs no key; `native` follows the source's own feed of changes, where it has one. Default: `cursor` when a cursor is named, else `diff`.",
        "`cursor` 按变更列增量读取；`diff` 全表比对，可发现删除；`replace` 在小表有变化时整体替换，不需要键；`native` 读取源系统自带的变更流（如有）。默认：写了 cursor 则为 `cursor`，否则为 `diff`。",
      ],
    ),
    cursor: text([
      "Change column: grows with every change of a row.",
      "变更列：行每次变化时递增。",
    ]),
    key: list({ type: "string", minLength: 1 }, [
      "Columns that identify a source row. Default: the table's primary key.",
      "唯一标识源行的列。默认：表的主键。",
    ]),
    where: text([
      "SQL condition: only rows that satisfy it are shared.",
      "SQL 条件：只共享满足条件的行。",
    ]),
    deletedWhen: text(["SQL condition that marks deleted rows.", "标记已删除行的 SQL 条件。"]),
    settle: duration(
      [
        "How long a stamp may take to become visible; the position stays this far behind the source's clock.",
        "时间戳到可见的最长延迟；位点始终落后源时钟这么久。",
      ],
      { default: "5s" },
    ),
    schedule: text([
      "Cron expression of six fields, seconds first, in the site's time zone. Without schedule and every: only on `qianzhi run --once`.",
      "六段 cron 表达式，秒在前，按接入点时区。不写 schedule 和 every 时，仅在 `qianzhi run --once` 时运行。",
    ]),
    every: duration([
      "Instead of schedule: run again after this time.",
      "代替 schedule：每隔此时间运行。",
    ]),
    reconcile: text(
      [
        "When the platform's copy is compared with the source and repaired: a cron expression as in schedule, or `never`. What no stamp shows is found by it alone in mode cursor.",
        "何时与平台对账并修复差异：与 schedule 相同的 cron 表达式，或 `never`。cursor 模式下，变更列显示不出的变化只有对账才能发现。",
      ],
      { default: "0 30 2 * * 0" },
    ),
    jitter: duration(
      ["Random delay of each scheduled run, at most.", "每次定时运行的随机延迟上限。"],
      { default: "0s" },
    ),
    pageRows: integer(
      [1, 50_000],
      ["Rows read at once and sealed together, at most.", "每次读取并一同封装的行数上限。"],
      { default: 5000 },
    ),
    ...textCharset,
    allowFullScan: flag(
      [
        "Read although no index serves the order, so that the source scans or sorts a large table at every poll.",
        "没有索引支持读取顺序、每次轮询都要扫描或排序大表时，仍然读取。",
      ],
      { default: false },
    ),
    maxDeletes,
    onInvalid: oneOfWords(
      ["keep", "withdraw"],
      [
        "When a new version of a record is refused: `keep` the previous one at the platform or `withdraw` it.",
        "记录的新版本被拒时：`keep` 保留平台上的旧版本，`withdraw` 撤回。",
      ],
      { default: "keep" },
    ),
    maxQuarantined: integer(
      [0, 100_000_000],
      ["Records in quarantine at which the pipeline pauses.", "隔离区达到该条数时任务暂停。"],
      { default: 100_000 },
    ),
    map: {
      type: "object",
      minProperties: 1,
      additionalProperties: itemMapping,
      description: "Item of the resource: where its value comes from.",
      zh: "信息项：取值来源。",
    },
  },
  ["resource", "source", "map"],
  ["A pipeline: one resource fed from one source.", "采集任务：从一个数据源供给一个信息资源。"],
);
