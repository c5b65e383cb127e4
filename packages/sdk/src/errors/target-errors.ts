import { errorEntry as t, type ErrorEntry } from "./error-entry.ts";

/** The part of the error table that is about targets other than the platform over HTTP, such as tables of a 前置库. */
export const targetErrors = {
  QZ_TARGET_NOT_FOUND: t(
    "stop",
    "never",
    [
      "There is no target {name} here.",
      "Write exchange-tables, the name of a package that is installed beside the agent, or the path of a target's folder.",
    ],
    ["此处没有目标 {name}。", "请填写 exchange-tables、已装在代理旁的包名，或目标所在目录。"],
  ),
  QZ_TARGET_INVALID: t(
    "stop",
    "never",
    [
      "{name} cannot be used as a target: {problem}",
      "Install the version of the target that belongs to this agent.",
    ],
    ["{name} 不能用作目标：{problem}", "请安装与本代理配套的目标版本。"],
  ),
  QZ_TARGET_AUTH: t(
    "retry",
    "quarter-hour",
    [
      "The target database at {address} refused user {user}.",
      "Check target.options user, password and database; the agent tries again only every quarter of an hour so that the account is not locked. Batches wait in the outbox.",
    ],
    [
      "目标库 {address} 拒绝用户 {user} 登录。",
      "请核对 target.options 中的用户名、口令和库名；为避免锁定账户，代理每一刻钟才重试一次。批次保存在发件箱中。",
    ],
  ),
  QZ_TARGET_SESSION: t(
    "retry",
    "quarter-hour",
    [
      "The target database at {address} does not keep the session's setting {setting}, without which it would cut values short in silence.",
      "Connect to the server itself, not through a proxy that shares sessions. Nothing was written.",
    ],
    [
      "目标库 {address} 未保留会话设置 {setting}，否则可能悄悄截断数据。",
      "请直接连接数据库服务器，不要经过共享会话的代理。尚未写入任何数据。",
    ],
  ),
  QZ_TARGET_BUSY: t(
    "retry",
    "seconds",
    [
      "A lock in the target database at {address} was not freed in time, or it takes no more connections.",
      "Nothing to do: the batch is sent again. If it lasts, ask the DBA who holds the table.",
    ],
    [
      "目标库 {address} 的锁未及时释放，或连接数已满。",
      "无需处理，批次会重新发送。若持续出现，请数据库管理员查看是谁占用该表。",
    ],
  ),
  QZ_TARGET_FULL: t(
    "retry",
    "minute",
    [
      "The target database at {address} has no room left.",
      "Ask the DBA to make room in the tablespace or on the disk. Nothing is lost: batches wait in the outbox and are sent when there is room.",
    ],
    [
      "目标库 {address} 空间不足。",
      "请数据库管理员扩充表空间或磁盘。数据不会丢失：批次保存在发件箱中，有空间后自动发送。",
    ],
  ),
  QZ_TARGET_DENIED: t(
    "pause-pipeline",
    "minute",
    [
      "The account {user} may not {operation} the target's table {table}.",
      "Ask the DBA to run: {grant}. Batches wait in the outbox.",
    ],
    [
      "账户 {user} 无权对目标表 {table} 执行 {operation}。",
      "请数据库管理员执行：{grant}。批次保存在发件箱中。",
    ],
  ),
  QZ_TARGET_TABLE_MISSING: t(
    "pause-pipeline",
    "minute",
    [
      "The target database has no table {table}, or the account may not see it.",
      "Have the DBA run what `qianzhi target ddl` prints. Batches wait in the outbox.",
    ],
    [
      "目标库中没有表 {table}，或账户无权查看。",
      "请数据库管理员执行 `qianzhi target ddl` 输出的语句。批次保存在发件箱中。",
    ],
  ),
  QZ_TARGET_NOT_ATOMIC: t(
    "pause-pipeline",
    "minute",
    [
      "The target's table {table} does not take part in transactions ({engine}): half a batch could stay in it.",
      "Have the DBA run: ALTER TABLE {table} ENGINE = InnoDB. Nothing was written.",
    ],
    [
      "目标表 {table} 不支持事务（{engine}），可能只写入半个批次。",
      "请数据库管理员执行：ALTER TABLE {table} ENGINE = InnoDB。尚未写入任何数据。",
    ],
  ),
  QZ_TARGET_COLUMN: t(
    "pause-pipeline",
    "minute",
    [
      "The target's column {table}.{column} does not fit: {problem}",
      "Have the DBA change it to {expected}: `qianzhi target ddl` prints the whole table.",
    ],
    [
      "目标列 {table}.{column} 不符合要求：{problem}",
      "请数据库管理员改为 {expected}；`qianzhi target ddl` 可输出完整表结构。",
    ],
  ),
  QZ_TARGET_COLUMN_TWICE: t(
    "pause-pipeline",
    "never",
    [
      "The item {item} of {resource} would have the column {column}, which the exchange profile needs for itself.",
      "Give the item another column: target.options.resources.{resource}.columns.{item}.",
    ],
    [
      "{resource} 的信息项 {item} 会使用列 {column}，而该列为交换规范自用。",
      "请为该信息项另定列名：target.options.resources.{resource}.columns.{item}。",
    ],
  ),
  QZ_TARGET_COLUMN_NARROW: t(
    "skip-record",
    "never",
    [
      "The target's column {table}.{column} is narrower than its item: {found} instead of {expected}.",
      "Records that it cannot hold are put into quarantine, never cut short. Have the DBA widen it.",
    ],
    [
      "目标列 {table}.{column} 比信息项窄：现为 {found}，应为 {expected}。",
      "放不下的记录会进入隔离区，不会截断。请数据库管理员加宽该列。",
    ],
  ),
  QZ_TARGET_FAULT: t(
    "retry",
    "minute",
    [
      "The target database at {address} answered with an error of its own ({number}).",
      "If it lasts, ask its DBA; the number says what it is. Batches wait in the outbox.",
    ],
    [
      "目标库 {address} 返回自身错误（{number}）。",
      "若持续出现，请联系其数据库管理员，按错误号查原因。批次保存在发件箱中。",
    ],
  ),
  QZ_TARGET_NO_KEY: t(
    "pause-pipeline",
    "never",
    [
      "{resource} has no key, so that rows of a 前置库 table cannot say which record they are about.",
      "Give the descriptor a key.",
    ],
    ["{resource} 没有主键，前置库表中的行无法指明是哪条记录。", "请在资源描述中声明主键。"],
  ),
  QZ_TARGET_TABLES: t(
    "pause-pipeline",
    "never",
    [
      "A site whose target is tables has no platform over HTTP to {operation}.",
      "Have the DBA run what `qianzhi target ddl` prints; the descriptor goes to the catalog in the platform's own way.",
    ],
    [
      "本接入点的目标是前置库表，没有可用于 {operation} 的 HTTP 平台。",
      "请数据库管理员执行 `qianzhi target ddl` 输出的语句；资源描述按平台自己的方式编目。",
    ],
  ),
  QZ_PROOF_HANDED_OVER: t(
    "skip-record",
    "never",
    [
      "With this target it can be proven what was handed over, not what the platform made of it.",
      "compare and reconcile go by the ledger that is written beside the tables in the same transaction. What the platform refuses comes as feedback, and into quarantine; how long silence counts as acceptance is said by the profile.",
    ],
    [
      "使用该目标时，可证明已交付的内容，无法证明平台如何处理。",
      "compare 和 reconcile 以同一事务中写在数据表旁的台账为准。平台的拒收以反馈形式返回并进入隔离区；多久没有反馈视为接收，由交换规范（profile）规定。",
    ],
  ),
  QZ_FEEDBACK_COLUMN: t(
    "pause-pipeline",
    "minute",
    [
      "The feedback table {table} has no column {column}, which the profile names.",
      "The table is the platform's: ask its operator for its columns, and name them in a profile of your own (docs/exchange-tables.md).",
    ],
    [
      "反馈表 {table} 中没有交换规范（profile）所指定的列 {column}。",
      "该表由平台提供：请向平台运维核实其列名，并在自定义交换规范中写明（见 docs/exchange-tables.md）。",
    ],
  ),
  QZ_FEEDBACK_UNKNOWN: t(
    "skip-record",
    "never",
    [
      "The target's feedback table {table} has {count} row(s) about rows that this site did not send, or whose batch had counted as accepted by then; the first names batch {batch}.",
      "Nothing is held up. If they come late, have the profile wait longer (settle) and reconcile. If the rows are this site's, an older data directory or another program sent them; ask the platform's operator whom they are meant for.",
    ],
    [
      "目标反馈表 {table} 中有 {count} 行涉及本接入点未发送的数据，或所属批次此前已视为接收；首行的批次为 {batch}。",
      "不影响运行。若反馈来得太晚，请在交换规范中调大 settle 并对账。若确属本接入点，可能由旧的数据目录或其他程序发送；请向平台运维核实其归属。",
    ],
  ),
} as const satisfies Readonly<Record<string, ErrorEntry>>;
