import type { SettleReason } from "@qianzhi/sdk";
import type { Activity, Holder } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import type { ServerFacts } from "./session.ts";

/*
 * A stamp is taken when its statement starts. So what may hold a stamp that is not visible is a running statement (the
 * process list shows it since before it took its stamp, and also when it waits behind a backup's lock and InnoDB knows
 * nothing of it), or a transaction that has modified something. A transaction that has modified nothing and runs nothing
 * holds none, whatever it will do.
 *
 * InnoDB's list of transactions is a cache that is not refreshed within 0.1 s of its last read by anybody: a monitor
 * that reads it often makes it stale for all. A transaction of our own, begun first, tells: only a list that shows it is
 * newer than it. It is known by the mark in its statement, since the one of the poll before looks the same otherwise. It
 * has ended when rows are read, or they would be read as of its beginning.
 */

/** The list is asked for this often, each time after a pause in which the cache may expire. */
const ATTEMPTS = 3;
const PAUSE_SECONDS = 0.11;

/** `poll` is a number that no other poll over this connection had. */
export async function activityOf(
  link: Link,
  facts: ServerFacts,
  { replica, poll }: { readonly replica: boolean; readonly poll: number },
): Promise<Activity> {
  const texts = async (sql: string) => (await link.run({ sql, params: [] })).rows as Row[];
  const now = facts.clockDigits === 6 ? "NOW(6)" : "NOW()";
  const [[clock] = []] = await texts(`SELECT CAST(${now} AS CHAR)`);
  await texts("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  await texts("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  try {
    const sessions = await texts(sessionList(now));
    const transactions = await freshTransactions(texts, `qianzhi:${facts.connectionId}:${poll};`);
    const names = new Map(sessions.map(({ 0: id, 1: name }) => [id, name]));
    const known = {
      clock: clock ?? "",
      holders: [
        ...sessions.filter(({ 2: runs }) => String(runs) === "1").map(statement),
        ...(transactions ?? []).map((row) => transaction(row, names)),
      ],
    };
    const doubt = (because: SettleReason) => ({
      ...known,
      doubt: { because },
    });
    if (replica || sessions.some(({ 4: applies }) => String(applies) === "1"))
      return doubt("replica");
    if (facts.otherEngines) return doubt("unsupported");
    return transactions === undefined ? doubt("stale") : known;
  } catch (error) {
    const because = refusals[Number((error as { errno?: unknown }).errno)];
    if (because === undefined) throw error;
    const [user = "", host = "%"] = facts.account.split("@");
    const grant = `GRANT PROCESS ON *.* TO '${user}'@'${host}';`;
    return {
      clock: clock ?? "",
      holders: [],
      doubt: because === "privilege" ? { because, grant } : { because },
    };
  } finally {
    await texts("ROLLBACK");
  }
}

/** Why a server refuses to list: PROCESS is missing, or it is a relative, or without InnoDB, and has no such list. */
const refusals: Readonly<Record<number, SettleReason>> = {
  1227: "privilege",
  1054: "unsupported",
  1109: "unsupported",
  1146: "unsupported",
};

type Row = readonly (string | null)[];

/**
 * Every session: whether it runs a statement, and since when at the latest. The server counts whole seconds, begun ones
 * not. A thread of replication stamps rows with another server's clock; what it applies began as long ago as it says, and
 * where it waits for something to apply, that is how long it has waited.
 */
const sessionList = (now: string) => `SELECT CAST(ID AS CHAR),
    CONCAT_WS(' ', 'connection', ID, CONCAT_WS('@', USER, HOST), COMMAND),
    ID <> CONNECTION_ID() AND COMMAND NOT IN ('Sleep', 'Daemon', 'Binlog Dump', 'Binlog Dump GTID', 'Slave_IO')
      AND (COMMAND <> 'Connect' OR INFO IS NOT NULL)
      AND NOT (USER = 'system user' AND COALESCE(STATE, '') REGEXP 'for more updates|from Coordinator|work from SQL thread'),
    CAST(${now} - INTERVAL COALESCE(TIME, 0) + 1 SECOND AS CHAR),
    USER = 'system user' AND COMMAND <> 'Daemon'
  FROM information_schema.PROCESSLIST`;

/** Transactions that have modified something, and our own. `trx_started` is in the server's zone. */
const transactionList = (
  mark: string,
) => `/* ${mark} */ SELECT CAST(trx_mysql_thread_id AS CHAR), CAST(trx_id AS CHAR),
    CAST(COALESCE(CONVERT_TZ(trx_started, 'SYSTEM', @@SESSION.time_zone), trx_started) AS CHAR),
    trx_mysql_thread_id = CONNECTION_ID() AND trx_query LIKE '/* ${mark} */%'
  FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0 OR trx_mysql_thread_id = CONNECTION_ID()`;

/** Undefined when others keep the list from being refreshed. */
async function freshTransactions(texts: (sql: string) => Promise<Row[]>, mark: string) {
  for (let attempt = 1; ; attempt += 1) {
    const rows = await texts(transactionList(mark));
    if (rows.some(({ 3: own }) => String(own) === "1"))
      return rows.filter(({ 3: own }) => String(own) !== "1");
    if (attempt === ATTEMPTS) return undefined;
    await texts(`DO SLEEP(${PAUSE_SECONDS})`);
  }
}

const statement = ([session, words, , since]: Row): Holder => ({
  session: session!,
  since: since!,
  began: since!,
  words: words!,
});

/** A prepared transaction outlives its session, and shows the thread 0. */
function transaction([session, id, began]: Row, names: ReadonlyMap<unknown, unknown>): Holder {
  const alone = session === "0" || session === null || session === undefined;
  return {
    ...(alone ? {} : { session }),
    transaction: id!,
    began: began!,
    words: String(names.get(session) ?? `transaction ${id}`),
  };
}
