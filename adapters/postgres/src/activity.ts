import type { SettleReason } from "@qianzhi/sdk";
import { doubleQuoted as quote, type Activity, type Holder } from "@qianzhi/sql";
import type { Link } from "./connect.ts";
import type { ServerFacts } from "./session.ts";

/*
 * `now()` is the start of the transaction, and a transaction that has written nothing yet can still write it: so every
 * open transaction holds, idle ones too. The list of sessions is read before the list of prepared transactions: one that
 * is prepared in between is then in one of them. That list tells when a transaction was prepared, not when it began.
 */

/** A transaction takes its stamp a moment before the server shows when it began. */
const MARGIN_MS = 1000;

/** From here on there are background workers in the list, and a role that may see all of it. */
const ROLES_SINCE = 100_000;

export async function activityOf(
  link: Link,
  { product, number }: ServerFacts,
  user: string,
): Promise<Activity> {
  const modern = number >= ROLES_SINCE;
  const [[clock = "", standby = "", sees = ""] = []] = (await link.texts(
    `SELECT clock_timestamp()::timestamp, pg_is_in_recovery(), ${
      modern
        ? "pg_has_role('pg_read_all_stats', 'USAGE')"
        : "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
    }`,
  )) as string[][];
  const sessions = (await link.texts(sessionList(modern))) as unknown as SessionRow[];
  const prepared = (await link.texts(preparedList)) as string[][];
  const holders = [
    ...sessions.filter(([, , , began]) => began !== null).map(sessionHolder),
    ...prepared.map(preparedHolder),
  ];
  const activity = { clock, marginMs: MARGIN_MS, holders };
  const doubt = (because: SettleReason) => ({
    ...activity,
    doubt: { because },
  });
  if (standby === "t" || sessions.some(([, kind]) => isApplier(kind ?? "")))
    return doubt("replica");
  // Relatives show their sessions by rules of their own, which nobody has measured.
  if (product !== "PostgreSQL") return doubt("unsupported");
  if (sees !== "t")
    return {
      ...activity,
      doubt: {
        because: "privilege",
        grant: modern
          ? `GRANT pg_read_all_stats TO ${quote(user)};`
          : "-- before PostgreSQL 10, only a superuser sees the transactions of others",
      },
    };
  const hides = ([, kind, , , state]: SessionRow) =>
    state === "disabled" || (state === null && kind === "client backend");
  return sessions.some(hides) ? doubt("hidden") : activity;
}

type SessionRow = readonly [
  session: string,
  kind: string | null,
  transaction: string | null,
  began: string | null,
  state: string | null,
  words: string,
];

/** Sessions of this database that could write. Neither vacuum nor a sender of replication stamps rows. */
const sessionList = (modern: boolean) => {
  const kind = modern ? "backend_type" : "'client backend'";
  const others = modern
    ? "coalesce(backend_type, '') NOT IN ('autovacuum worker', 'walsender', 'parallel worker')"
    : "coalesce(query, '') NOT LIKE 'autovacuum:%'";
  return `SELECT concat(pid, '@', extract(epoch FROM backend_start)), ${kind}, backend_xid, xact_start::timestamp, state,
      concat_ws(' ', 'pid', pid, usename, application_name, host(client_addr), state)
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${others}`;
};

const preparedList = `SELECT transaction, prepared::timestamp, concat_ws(' ', 'prepared transaction', gid, owner)
    FROM pg_prepared_xacts WHERE database = current_database()`;

/** What another server wrote arrives with that server's stamps. */
const isApplier = (kind: string) =>
  /^(logical replication .*worker|pglogical|bdr|spock)/.test(kind);

const sessionHolder = ([session, , transaction, began, , words]: SessionRow): Holder => ({
  session,
  ...(transaction === null ? {} : { transaction }),
  since: began!,
  began: began!,
  words,
});

const preparedHolder = ([transaction = "", began = "", words = ""]: readonly string[]): Holder => ({
  transaction,
  began,
  words,
});
