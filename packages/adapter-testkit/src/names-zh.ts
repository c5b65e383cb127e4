/** What the cases are called in Chinese, by their English names without the type before a colon. */
export const namesZh: Readonly<Record<string, string>> = {
  "there is scan, list or changes": "至少提供 scan、list、changes 之一",
  "nothing that is said to be lacking is there": "声明缺少的能力确实没有",
  "the probe tells product, version, clock and offset": "探测给出产品、版本、时钟与时差",
  "the probe tells the same server twice by the same identity": "两次探测同一服务器，标识相同",
  "the clock is told in the offset that the probe names, whatever the configuration says":
    "时钟按探测所述时差给出，与配置无关",
  "a table is listed": "能列出表",
  "a table is described by its columns in order, nullability and key":
    "表结构含有序的列、可空性与主键",
  "a table that has changed is described anew": "表变更后重新给出结构",
  "a table that is not there is QZ_TABLE_NOT_FOUND": "不存在的表报 QZ_TABLE_NOT_FOUND",
  "a view is listed as one and read as a table is": "视图按视图列出，读取与表相同",
  "a query is described, and read as a table is": "查询能给出结构，读取与表相同",
  "a key that is not unique is found, NULLs aside": "能发现不唯一的键（空值除外）",
  "the maximum of a column is its greatest value, and null where there is none":
    "列的最大值即其最大的值，没有值时为空",
  "the cost of a page tells an index from a read of the whole table":
    "分页代价能区分走索引与读全表",
  "values arrive exactly, and the type is told": "值精确到达，类型正确",
  "NULL is null": "空值即空值",
  "pages of every size in (value, id) order yield each row once, ties included":
    "按（值, id）次序用各种页长读取，每行恰好一次，含相等值",
  "`from` and `until` split the rows at every value without overlap or gap":
    "以任一值作 `from` 和 `until` 切分，不重叠、不遗漏",
  "each row is found by its value as key": "以值为键能找到每一行",
  "is refused as cursor or key": "不能作游标或键",
  "a text arrives code point by code point": "文本逐码点到达",
  "a value of a million characters arrives whole": "一百万字符的值完整到达",
  "a row of 150 columns arrives with each value in its place": "150 列的行，每个值都在各自的位置",
  "times are read as they are stored, whatever zone this process runs in":
    "时间按存储原样读取，与本进程时区无关",
  "the stored bytes of a column whose charset is declared wrongly arrive, and order its pages":
    "字符集声明有误的列，以存储字节到达并据此分页",
  "an empty table is one page, at its end": "空表只有一页，且为末页",
  "a page ends the read exactly when no row follows it": "其后没有行时才是末页",
  "a page of one row is that row, with a row to go on from and without":
    "一行一页：无论有无起点，都是那一行",
  "rows come in ascending order of the order columns, the first before the second":
    "行按次序列升序，先第一列后第二列",
  "columns come in the order of the request, as often as they are named":
    "列按请求的次序和次数返回",
  "`from` finds its row first and counts it as tied; a vanished row is not replaced by its successor":
    "`from` 先找到其本行并计为相等；该行消失时不以后一行顶替",
  "all rows that compare equal to `from` are counted as tied": "与 `from` 相等的行全部计入",
  "a run of equal cursor values that is longer than a page is read to its end":
    "相等的游标值多于一页时，能读到尽头",
  "a key of three columns pages and bounds by all of them": "三列的键以全部列分页和限界",
  "a read goes on from any page boundary on a source that is newly opened":
    "重新打开数据源后，可从任一页边界继续",
  "a bound on the cursor alone takes or leaves all rows with that cursor":
    "只以游标限界时，该游标值的行全取或全不取",
  "a bound that no row has splits the rows all the same, and ends the read there":
    "没有行等于该界时照样切分，并在此结束读取",
  "an ordered read leaves out rows with NULL in its order, and `nulls` returns exactly those":
    "有序读取不含次序列为空的行，`nulls` 恰好返回这些行",
  "a row with NULL in several of the columns asked for is in `nulls` once":
    "多列为空的行在 `nulls` 中只出现一次",
  "a key that does not tell case: each row once, and both spellings tied":
    "不分大小写的键：每行一次，两种写法视为相等",
  "a key that does not tell accents: each row once, and both spellings tied":
    "不分重音的键：每行一次，两种写法视为相等",
  "a key of fixed length: its padding is neither read nor compared":
    "定长键：填充空格既不读出也不参与比较",
  "a key in the order of pinyin or strokes: pages follow the source's order, not that of code points":
    "按拼音或笔画排序的键：分页依数据源次序，而非码点次序",
  "a key of type uniqueidentifier: pages follow the source's order, not that of its text":
    "uniqueidentifier 键：分页依数据源次序，而非文本次序",
  "a cursor with fractions of a second: neighbours at its resolution neither repeat nor vanish":
    "带小数秒的游标：相邻刻度的行不重复、不消失",
  "numbers in a text key: pages follow the order of texts": "文本键中的数字：按文本次序分页",
  "values that the source compares as equal are tied, however they are written":
    "数据源认为相等的值即相等，无论写法",
  "a point read compares as the source does": "按键读取的比较与数据源一致",
  "a position of every kind of key is the same after JSON": "各类键的位点经 JSON 往返不变",
  "rows added behind the position appear, rows added before it do not, and none comes twice":
    "位点之后新增的行出现，之前新增的不出现，没有行出现两次",
  "the row at a page's end that is deleted meanwhile takes no other with it":
    "页尾的行期间被删，不会带走其他行",
  "a row whose cursor moves ahead during the read is read again, not lost":
    "读取期间游标前移的行会再次读到，不会丢失",
  "what is not committed is not read": "未提交的内容不读",
  "what is committed during the read is in the pages that follow":
    "读取期间提交的内容出现在后续页中",
  "a reader keeps no writer waiting": "读取不阻塞写入",
  "two scans at the same time on one source do not disturb each other":
    "同一数据源上同时进行的两次读取互不干扰",
  "a point read returns the rows that exist, those with NULL elsewhere too":
    "按键读取返回存在的行，其他列为空的也返回",
  "a point read of no keys returns no row": "没有键的按键读取不返回行",
  "a point read of one key twice returns its row once": "同一键给两次，其行只返回一次",
  "500 keys are read at once": "一次读取 500 个键",
  "500 keys of two columns are read at once, and each matches in both":
    "一次读取 500 个两列键，每个键两列都匹配",
  "`where` keeps the rows for which it is true; unknown is not true":
    "`where` 只留为真的行，未知不为真",
  "`where` is one condition among others: a remark at its end or an OR in it frees no row":
    "`where` 只是条件之一：末尾的注释或其中的 OR 不会放出任何行",
  "`where` holds for point reads and for `nulls` too": "`where` 对按键读取和 `nulls` 同样有效",
  "`deletedWhen` marks the rows for which it is true; unknown is not deleted":
    "`deletedWhen` 标记为真的行，未知不算删除",
  "`keptWhen` marks the rows for which it is not true; unknown is not kept":
    "`keptWhen` 标记不为真的行，未知不算保留",
  "`deletedWhen` outweighs `keptWhen`": "`deletedWhen` 优先于 `keptWhen`",
  "a point read marks the deleted rows": "按键读取标记已删除的行",
  "without deletion marks asked for there are none": "未要求删除标记时不返回标记",
  "a horizon that is not exact lies the settle time behind the source's clock, and says why":
    "非精确的安全位落后数据源时钟一个 settle 时间，并说明原因",
  "the horizon is a value that the cursor column can be compared with":
    "安全位是可与游标列比较的值",
  "a text column has no horizon: QZ_CURSOR_TYPE": "文本列没有安全位：QZ_CURSOR_TYPE",
  "a memory that is not its own is no memory": "不是自己留下的记忆不作数",
  "an idle source's horizon is exact and follows its clock":
    "空闲数据源的安全位精确，并随其时钟前进",
  "who holds the horizon back is named, and since when": "说明是谁、从何时起拖住安全位",
  "an account that may not see other sessions gets the settle time, and the grant that is missing":
    "无权查看其他会话的账户按 settle 处理，并给出所缺授权",
  "a transaction that stamps before the poll and commits after it holds the horizon":
    "采集前取时间戳、采集后才提交的事务拖住安全位",
  "a transaction that is open and has written nothing yet may still write an early stamp":
    "已打开而尚未写入的事务仍可能写入较早的时间戳",
  "a statement that waits for a lock has taken its stamp": "等待锁的语句已经取了时间戳",
  "a transaction counts from the stamp of the statement that waited, not from when it went on":
    "事务从等待语句的时间戳算起，而非从其继续执行时算起",
  "a transaction that is rolled back leaves no row and frees the horizon":
    "回滚的事务不留下行，并放开安全位",
  "a session that is cut off frees the horizon": "会话中断后放开安全位",
  "a prepared transaction holds the horizon though its session has ended":
    "已预备的事务在会话结束后仍拖住安全位",
  "a restart of the reader between two polls loses no open transaction":
    "两次采集之间重启，不会漏掉未结束的事务",
  "transactions that overlap without a gap hold the horizon one by one, and let it go on":
    "首尾相接的事务逐个拖住安全位，但它仍会前进",
  "values and NULL are listed exactly, and the type is told": "列出的值与空值精确，类型正确",
  "every row is listed once": "每行列出一次",
  "rows that are alike are all listed": "相同的行全部列出",
  "an empty table lists nothing and ends": "空表不列出任何行并正常结束",
  "listed columns come in the order of the request, as often as they are named":
    "列出的列按请求的次序和次数返回",
  "a listing given a predicate holds the rows for which it is true; unknown is not true":
    "带条件的列出只含为真的行，未知不为真",
  "a page of a listing holds 10000 rows at most": "列出时每页最多 10000 行",
  "listing does not keep what it has handed over": "列出时不保留已交出的行",
  "the stored bytes of a column whose charset is declared wrongly are listed":
    "字符集声明有误的列，以存储字节列出",
  "a missing table and a missing column of a listing have codes of their own":
    "列出时表不存在与列不存在各有代码",
  "a listing that nobody reads to its end leaves the source fit for the next":
    "中途停止的列出不影响下一次使用",
  "a listing that is left early leaves the source fit for the next":
    "提前离开的列出不影响下一次使用",
  "a listing that is aborted before or while it runs rejects with QZ_CANCELLED":
    "开始前或进行中被取消的列出报 QZ_CANCELLED",
  "a listing whose connection ends never looks complete": "连接中断的列出绝不显得完整",
  "two listings of one table agree, one after another and side by side":
    "同一表先后或同时列出两次，结果一致",
  "without a position there are no changes, and the position is that of now":
    "没有位点时不返回变更，位点为当前",
  "inserts, updates and deletes come in the order of their commits, a delete with its key alone":
    "增、改、删按提交次序返回，删除只带键",
  "columns of a change come in the order of the request": "变更的列按请求次序返回",
  "the position of every page goes on where the page ended, after JSON as well":
    "每页的位点从该页末尾继续，经 JSON 往返亦然",
  "a position is good again after a restart of the reader": "重启后位点仍然有效",
  "where nothing changed nothing is told, and the position stays good":
    "没有变更则不返回，位点保持有效",
  "changes of other tables are not told": "不返回其他表的变更",
  "what is not committed is not told, what is rolled back never, and a late commit is told late":
    "未提交的不返回，回滚的永不返回，晚提交的晚返回",
  "a position that the source has forgotten is QZ_CHANGES_LOST":
    "数据源已不保留的位点报 QZ_CHANGES_LOST",
  "a position that is not its own is QZ_CHANGES_LOST": "不是自己的位点报 QZ_CHANGES_LOST",
  "an aborted read of changes rejects with QZ_CANCELLED, and the next goes on":
    "被取消的变更读取报 QZ_CANCELLED，下一次照常",
  "changes of a missing table are QZ_TABLE_NOT_FOUND": "不存在的表的变更报 QZ_TABLE_NOT_FOUND",
  "changed values and NULL are told exactly": "变更的值与空值精确",
  "a call whose signal is aborted already rejects with QZ_CANCELLED, and the source goes on working":
    "信号已取消的调用报 QZ_CANCELLED，数据源照常工作",
  "an aborted call rejects with QZ_CANCELLED, and the source goes on working":
    "被取消的调用报 QZ_CANCELLED，数据源照常工作",
  "cancelling stops the statement on the server too, and the source goes on working":
    "取消也会停止服务器上的语句，数据源照常工作",
  "a call that is cancelled beside another leaves that one alone":
    "取消一个调用不影响同时进行的另一个",
  "a signal keeps nothing of the calls that were made with it": "信号不保留用过它的调用",
  "opening gives up when the agent stops": "代理停止时放弃打开",
  "a wrong password is QZ_SOURCE_AUTH": "口令错误报 QZ_SOURCE_AUTH",
  "a wrong address is QZ_SOURCE_UNREACHABLE": "地址错误报 QZ_SOURCE_UNREACHABLE",
  "a wrong database is QZ_DATABASE_NOT_FOUND": "数据库名错误报 QZ_DATABASE_NOT_FOUND",
  "an error of a refused login does not carry the password": "登录被拒的错误不带口令",
  "an opening that fails leaves no connection behind": "打开失败不留下连接",
  "an opening that fails leaves no timer, socket or handle either":
    "打开失败也不留下定时器、套接字或句柄",
  "a connection that the server ends is an error to reconnect after, for the call and all that follow":
    "服务器中断连接后，本次及后续调用都报须重连的错误",
  "after a lost connection a newly opened source reads on, and the old one closes":
    "连接丢失后，重新打开可继续读取，旧的能关闭",
  "a missing table and a missing column of a page have codes of their own":
    "分页时表不存在与列不存在各有代码",
  "a predicate that the source cannot read is QZ_QUERY_FAILED": "无法执行的条件报 QZ_QUERY_FAILED",
  "a column that is dropped between two pages is an error, never a value":
    "两页之间被删除的列报错，绝不给出值",
  "a table that the account may not read is QZ_SOURCE_DENIED":
    "账户无权读取的表报 QZ_SOURCE_DENIED",
  "a column that the account may not read is QZ_SOURCE_DENIED":
    "账户无权读取的列报 QZ_SOURCE_DENIED",
  "closing twice is fine, one after another and at once": "先后或同时关闭两次均可",
  "closing twice is fine, and a closed source answers with a typed error":
    "可关闭两次，关闭后以有类型的错误应答",
  "a closed source answers every call with a typed error": "关闭后每个调用都以有类型的错误应答",
  "closing during a call ends both: the call with its answer or a typed error":
    "调用期间关闭，二者都结束：调用得到结果或有类型的错误",
  "a read that stops early leaves no connection behind": "提前停止的读取不留下连接",
  "a closed source leaves no timer, socket or handle that keeps the process alive":
    "关闭后不留下使进程无法退出的定时器、套接字或句柄",
  "a source whose connection was lost leaves none either": "连接丢失的数据源同样不留下",
  "an adapter does not keep the pages it has handed over": "适配器不保留已交出的页",
  "nothing can be written through the source": "不能经数据源写入任何内容",
  "an error that the source words with a value does not carry it": "数据源错误文字中的值不被带出",
  "an error does not carry the values of the position and the keys that were asked for":
    "错误不带位点和所查键的值",
  "an adapter logs no value of the source": "适配器不把数据源的值写入日志",
  "the table is listed": "能列出该表",
  "pages of every size yield the same rows in the same order": "各种页长得到相同次序的相同的行",
  "`from` and `until` split the rows without overlap or gap":
    "`from` 和 `until` 切分不重叠、不遗漏",
  "each row is found by its key": "按键能找到每一行",
};
