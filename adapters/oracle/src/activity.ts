import type { SettleReason } from "@qianzhi/sdk";
import { doubleQuoted as quote, type Activity, type Holder } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { isRefusal } from "./errors.ts";
import type { ServerFacts } from "./session.ts";

/*
 * SYSDATE is the start of the statement. A statement that runs has taken its stamp and may wait, for a lock or in a
 * trigger, before its transaction is listed: so the calls under way are listed first, whose stamps are no older than the
 * call, and then the transactions, whose first statement may be older than they are. All instances of a cluster count.
 */

/** Views of what runs lag by about a second, calls are timed in whole ones, and the clocks of a cluster differ. */
const MARGIN_MS = 5_000;
const MARGIN_SECONDS = MARGIN_MS / 1000;

const clockFormat = "YYYY-MM-DD HH24:MI:SS.FF6";

export const clock = (offset: string) =>
  `SELECT TO_CHAR(SYSTIMESTAMP AT TIME ZONE '${offset}', '${clockFormat}') FROM DUAL`;

/** A time of the server's own zone in the declared one, by how long ago it is. */
const ago = (time: string, offset: string) =>
  `TO_CHAR((SYSTIMESTAMP - NUMTODSINTERVAL(SYSDATE - ${time}, 'DAY')) AT TIME ZONE '${offset}', '${clockFormat}')`;

/** Calls that do more than read. A query inside a procedure counts: it may carry a stamp to a later statement. */
const calls = (offset: string) => `SELECT s.INST_ID || ':' || s.SID || ',' || s."SERIAL#",
 TO_CHAR((SYSTIMESTAMP - NUMTODSINTERVAL(s.LAST_CALL_ET + ${MARGIN_SECONDS}, 'SECOND')) AT TIME ZONE '${offset}', '${clockFormat}'),
 s.USERNAME, s.MACHINE, s.PROGRAM
FROM SYS.GV_$SESSION s
WHERE s.TYPE = 'USER' AND s.STATUS = 'ACTIVE' AND (s.COMMAND <> 3 OR s.PLSQL_ENTRY_OBJECT_ID IS NOT NULL)
 AND NOT (s.INST_ID = SYS_CONTEXT('USERENV', 'INSTANCE') AND s.SID = SYS_CONTEXT('USERENV', 'SID'))`;

/** Transactions that have changed something, those included that have outlived their session. */
const transactions = (
  offset: string,
) => `SELECT CASE WHEN s.SID IS NOT NULL THEN s.INST_ID || ':' || s.SID || ',' || s."SERIAL#" END,
 ${ago("t.START_DATE", offset)}, s.USERNAME, s.MACHINE, s.PROGRAM, t.XIDUSN || '.' || t.XIDSLOT || '.' || t.XIDSQN
FROM SYS.GV_$TRANSACTION t LEFT JOIN SYS.GV_$SESSION s ON s.INST_ID = t.INST_ID AND s.SADDR = t.SES_ADDR
WHERE s.SID IS NULL OR NOT (s.INST_ID = SYS_CONTEXT('USERENV', 'INSTANCE') AND s.SID = SYS_CONTEXT('USERENV', 'SID'))`;

/** Branches of distributed transactions that are prepared, also such as a restart has brought back. */
const prepared = (
  offset: string,
) => `SELECT NULL, ${ago("FAIL_TIME", offset)}, DB_USER, HOST, NULL, LOCAL_TRAN_ID
FROM SYS.DBA_2PC_PENDING WHERE STATE IN ('collecting', 'prepared')`;

export interface Listing {
  readonly offset: string;
  /** Somebody has seen that this server shows all who may still write an older stamp. */
  readonly trusted: boolean;
}

/** The clock first, then calls, then transactions: see the horizon's own rules. */
export async function readActivity(
  link: Link,
  facts: ServerFacts,
  { offset, trusted }: Listing,
): Promise<Activity> {
  const [[now] = []] = await link.ask(clock(offset));
  const doubt = (because: SettleReason, more = {}): Activity => ({
    clock: String(now),
    holders: [],
    doubt: { because, ...more },
  });
  if (facts.role !== "PRIMARY") return doubt("replica");
  try {
    const running = await link.ask(calls(offset));
    const open = [...(await link.ask(transactions(offset))), ...(await link.ask(prepared(offset)))];
    const holders = [
      ...running.map((row) => ({ ...holderOf(row), since: String(row[1]) })),
      ...open.map((row) => ({ ...holderOf(row), transaction: String(row[5]) })),
    ];
    const seen = { clock: String(now), marginMs: MARGIN_MS, holders };
    return trusted ? seen : { ...seen, doubt: { because: "unproven" } };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return doubt("privilege", { grant: grantTo(facts.user) });
  }
}

const grantTo = (user: string) =>
  ["GV_$SESSION", "GV_$TRANSACTION", "DBA_2PC_PENDING"]
    .map((view) => `GRANT SELECT ON SYS.${view} TO ${quote(user)};`)
    .join(" ");

function holderOf([session, began, ...who]: readonly unknown[]): Holder {
  const names = who
    .slice(0, 3)
    .filter((part) => part !== null && part !== "")
    .join(", ");
  return {
    ...(session === null ? {} : { session: String(session) }),
    began: String(began),
    words: `${session === null ? "a transaction without a session" : `session ${String(session)}`} (${names})`,
  };
}
