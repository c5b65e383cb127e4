import type { SettleReason } from "@qianzhi/sdk";
import type { Activity, Holder } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import { quote } from "./dialect.ts";
import type { ServerFacts } from "./probe.ts";

/** Requests and transactions are listed by times of 1/300 s, a moment after they began. */
const MARGIN_MS = 1_000;

/**
 * Statements that may have taken a stamp and written nothing yet. What only reads, saves or waits (for a time, or for a
 * message, as mail and replication do for days) takes none: a later statement of the same batch takes a later one. So
 * this statement does not list itself either.
 */
const running = `SELECT r.session_id, CONVERT(char(23), r.start_time, 121), s.login_name, s.host_name, s.program_name
FROM sys.dm_exec_requests AS r JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id
WHERE s.is_user_process = 1 AND r.command NOT IN (N'SELECT', N'WAITFOR')
 AND r.command NOT LIKE N'BACKUP%' AND r.command NOT LIKE N'RESTORE%' AND r.command NOT LIKE N'DBCC%'
 AND COALESCE(r.wait_type, N'') <> N'BROKER_RECEIVE_WAITFOR'`;

/** Transactions that have written in a database that is kept, those without a session too. */
const writing = `SELECT x.session_id, CONVERT(char(23), t.transaction_begin_time, 121), s.login_name, s.host_name, s.program_name,
 CONVERT(varchar(20), t.transaction_id)
FROM sys.dm_tran_active_transactions AS t
LEFT JOIN sys.dm_tran_session_transactions AS x ON x.transaction_id = t.transaction_id
LEFT JOIN sys.dm_exec_sessions AS s ON s.session_id = x.session_id
WHERE t.transaction_type IN (1, 4) AND EXISTS (
 SELECT * FROM sys.dm_tran_database_transactions AS d
 WHERE d.transaction_id = t.transaction_id AND d.database_id <> 2 AND d.database_transaction_begin_time IS NOT NULL
)`;

/** Why a server refuses to list: it speaks the protocol and has no such views, or a right is missing that it does not name. */
const refusals: Readonly<Record<number, SettleReason>> = {
  208: "unsupported",
  297: "privilege",
  300: "privilege",
};

/** What an account needs to see other sessions; without it the list has only its own, and no error. */
const rightOf = ({ major }: ServerFacts) =>
  major >= 16 ? "VIEW SERVER PERFORMANCE STATE" : "VIEW SERVER STATE";

export interface Listing {
  readonly user: string;
  /** Somebody has seen that this server shows all who may still write an older stamp. */
  readonly trusted: boolean;
}

/** The clock first, then running statements, then open transactions: see the horizon's own rules. */
export async function readActivity(
  link: Link,
  facts: ServerFacts,
  { user, trusted }: Listing,
): Promise<Activity> {
  const ask = async (sql: string) => (await link.run({ sql, params: [] })).rows;
  const right = rightOf(facts);
  const [[clock, allowed] = []] = await ask(
    `SELECT CONVERT(char(23), GETDATE(), 121), HAS_PERMS_BY_NAME(NULL, NULL, N'${right}')`,
  );
  const doubt = (because: SettleReason, more = {}): Activity => ({
    clock: String(clock),
    holders: [],
    doubt: { because, ...more },
  });
  if (facts.readOnly) return doubt("replica");
  const unprivileged = () =>
    doubt("privilege", { grant: `USE [master]; GRANT ${right} TO ${quote(user)};` });
  if (Number(allowed) !== 1) return unprivileged();
  let holders: Holder[];
  try {
    const statements = (await ask(running)).map((row) => ({
      ...holder(row),
      since: String(row[1]),
    }));
    const transactions = (await ask(writing)).map((row) => ({
      ...holder(row),
      transaction: String(row[5]),
    }));
    holders = [...statements, ...transactions];
  } catch (error) {
    const because = refusals[Number((error as { number?: unknown }).number)];
    if (because === undefined) throw error;
    return because === "privilege" ? unprivileged() : doubt(because);
  }
  const seen = { clock: String(clock), marginMs: MARGIN_MS, holders };
  return trusted ? seen : { ...seen, doubt: { because: "unproven" } };
}

function holder([session, began, login, host, program]: readonly unknown[]): Holder {
  const who = [login, host, program].filter((part) => part !== null && part !== "").join(", ");
  return {
    ...(session === null ? {} : { session: String(session) }),
    began: String(began),
    words:
      session === null ? "a transaction without a session" : `session ${String(session)} (${who})`,
  };
}
