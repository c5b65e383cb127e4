import { QianzhiError, type ChangesPage, type RawValue } from "@qianzhi/sdk";
import { findColumn, fromClause, relationName, type ChangesRequest } from "@qianzhi/sql";
import { PARAMETER, type Link } from "./connect.ts";
import { castType, postgresDialect as dialect } from "./dialect.ts";
import type { PostgresWords } from "./errors.ts";
import { feedName, feedNeeds, feedUnreadable, keptColumns, keptIn } from "./feed-needs.ts";
import { isVisible, transactionsOf, type Transaction } from "./feed-transactions.ts";
import type { ServerFacts } from "./session.ts";

/*
 * The feed of a table is a logical slot, read without consuming it: what was read is passed by the slot only when the
 * next read goes on behind it, so that a reader that dies reads it again. The log tells keys alone here; values are
 * read from the table.
 *
 * The log knows a transaction a moment before other sessions see its rows, or long before, where a standby has to
 * confirm it. What is not visible yet is told later, and what was visible when the position of now was taken is not
 * told at all: whoever asked for that position reads everything afterwards.
 *
 * A slot stands only where this reader moved it. One that stands neither where it stood nor where it was to be moved
 * belongs to files of the cluster that were set back: their log may have passed the position again, with other changes
 * before it. A server that was killed may show the same, since it writes at checkpoints alone where slots stand; then
 * everything is read in vain, which loses nothing.
 */

/** Where a feed goes on. */
interface Position {
  /** In the log: `0/16B3748`. */
  readonly at: string;
  /** Of the log and of the table in the publication: another one knows nothing of what came before. */
  readonly log: string;
  readonly member: string;
  /** Where the slot stood when this was read. Absent from a position that an older version gave. */
  readonly slot?: string;
  /** Up to a place in the log, what was visible to this snapshot has been read otherwise. */
  readonly seen?: { readonly snapshot: string; readonly until: string };
}

/** The server ends a page behind the transaction with which it has so many messages. */
const PAGE_MESSAGES = 1_000;
/** A transaction that says more is not taken from the feed: everything is read again instead. */
const MAX_MESSAGES = 50_000;
const MAX_BYTES = 32 * 2 ** 20;
/** Of the log of other tables, before the position moves over it. */
const IDLE_BYTES = 4n * 2n ** 20n;

interface Feed {
  /** Where each slot was moved on to by this session. */
  readonly passed: Map<string, string>;
  readonly link: Link;
  readonly facts: ServerFacts;
  readonly words: PostgresWords;
  readonly request: ChangesRequest;
}

export async function readChanges(feed: Feed): Promise<ChangesPage> {
  const { link, facts, words, request } = feed;
  if (request.position === undefined || request.position === null) {
    const kept = await feedNeeds(link, facts, words, request);
    return { changes: [], position: await positionOfNow(feed), end: true, kept };
  }
  const position = request.position as Position;
  if (!isPosition(position)) throw lost(feed);
  try {
    return await readPage(feed, position);
  } catch (error) {
    if (QianzhiError.is(error)) throw error;
    const { code = "" } = error as { readonly code?: string };
    // Undefined object, no privilege, not in the state that is needed: what is missing is said in full.
    if (["42704", "42501", "55000"].includes(code)) await feedNeeds(link, facts, words, request);
    throw code === "42704" ? feedUnreadable(words, request) : error;
  }
}

const isPosition = (value: Partial<Position>): value is Position =>
  isPlace(value.at) &&
  (value.slot === undefined || isPlace(value.slot)) &&
  typeof value.log === "string" &&
  typeof value.member === "string";

const isPlace = (text: unknown): text is string =>
  typeof text === "string" && /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/.test(text);

/**
 * From where the slot stands, without what is visible now, be it in the log already or not. The end of the log would not
 * do: the log may end behind a transaction that is not visible yet.
 */
async function positionOfNow({ link, words, request }: Feed): Promise<Position> {
  const { name, schema, table } = feedName(request, words);
  const { rows } = await link.run({
    sql: `SELECT s.confirmed_flush_lsn, ${THIS_LOG}, ${membership(name)},
        txid_current_snapshot(), pg_current_wal_insert_lsn() FROM pg_replication_slots s WHERE s.slot_name = '${name}'`,
    params: [schema, table],
  });
  const [at = "", log = "", member = "", snapshot = "", until = ""] = (rows[0] ?? []) as string[];
  return { at, log, member, slot: at, seen: { snapshot, until } };
}

/** The cluster, and its timeline, which another begins when it is restored or a standby takes over. */
const THIS_LOG = `concat_ws(':', (SELECT system_identifier FROM pg_control_system()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8))`;

/** A row of its own for each time that the table was put into the publication. */
const membership = (
  name: string,
) => `(SELECT m.oid FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid
    JOIN pg_class c ON c.oid = m.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE p.pubname = '${name}' AND n.nspname = ${PARAMETER} AND c.relname = ${PARAMETER})`;

async function readPage(feed: Feed, position: Position): Promise<ChangesPage> {
  const { link, facts, words, request } = feed;
  const { name, schema, table } = feedName(request, words);
  const peek = {
    sql: `SELECT s.confirmed_flush_lsn, w.lsn, w.log, m.oid, f.data, ${keptColumns}
      FROM (SELECT pg_current_wal_flush_lsn() AS lsn, ${THIS_LOG} AS log) w
      JOIN pg_replication_slots s ON s.slot_name = '${name}'
      CROSS JOIN (SELECT ${membership(name)} AS oid) m
      LEFT JOIN LATERAL (
        SELECT n, data, sum(length(data)) OVER (ORDER BY n) AS total
        FROM pg_logical_slot_peek_binary_changes('${name}', w.lsn, ${PAGE_MESSAGES},
          'proto_version', '1', 'publication_names', '${name}') WITH ORDINALITY AS feed (lsn, xid, data, n)
      ) f ON f.total <= ${MAX_BYTES} AND f.n <= ${MAX_MESSAGES} ORDER BY f.n`,
    params: [schema, table],
  };
  await advance(feed, position);
  const { rows } = await link.run(peek);
  const [confirmed, end, log, member] = (rows[0] ?? []) as (string | null)[];
  if (!isPlace(confirmed) || !isPlace(end) || member === null) {
    await feedNeeds(link, facts, words, request);
    throw lost(feed);
  }
  const here = place(position.at);
  if (
    log !== position.log ||
    member !== position.member ||
    place(confirmed) > here ||
    (position.slot !== undefined && place(confirmed) < here) ||
    here > place(end)
  )
    throw lost(feed);
  const messages = rows.flatMap(([, , , , data]) =>
    typeof data === "string" ? [Buffer.from(data.slice(2), "hex")] : [],
  );
  const key = request.description.key;
  const read = transactionsOf(messages, { schema, table, key }, position.seen?.snapshot);
  const full = messages.length >= PAGE_MESSAGES;
  if (read.cut && read.transactions.length === 0) throw lost(feed);
  const told = await visibleOf(link, read.transactions);
  const all = told.length === read.transactions.length;
  const at = !all
    ? (told.at(-1)?.end ?? here)
    : full || read.cut
      ? read.transactions.at(-1)!.end
      : told.length > 0 || place(end) - here > IDLE_BYTES
        ? place(end)
        : here;
  const unreadable = told.some(({ unreadable }) => unreadable);
  if (unreadable) throw lost(feed);
  const changes = await valuesOf(feed, told);
  return {
    changes,
    position: {
      at: textOf(at),
      log,
      member,
      ...(at > here ? { slot: confirmed } : stood(position)),
      ...stillSeen(position, at),
    },
    end: !all || !(full || read.cut),
    kept: keptIn(rows[0]?.slice(5) ?? []),
  };
}

const stood = ({ slot }: Position): Pick<Position, "slot"> => (slot === undefined ? {} : { slot });

const stillSeen = ({ seen }: Position, at: bigint): Pick<Position, "seen"> =>
  seen === undefined || at >= place(seen.until) ? {} : { seen };

/** Lets the server forget what was sealed: the engine goes on behind it. */
async function advance(
  { link, words, request, passed }: Feed,
  { at, slot }: Position,
): Promise<void> {
  const { name } = feedName(request, words);
  if (passed.get(name) === at) return;
  await link.texts(`SELECT pg_replication_slot_advance(slot_name, '${at}') FROM pg_replication_slots
    WHERE slot_name = '${name}' AND confirmed_flush_lsn < '${at}' AND pg_current_wal_flush_lsn() >= '${at}'
      ${slot === undefined ? "" : `AND confirmed_flush_lsn = '${slot}'`}`);
  passed.set(name, at);
}

/** The transactions up to the first whose rows other sessions do not see yet. */
async function visibleOf(
  link: Link,
  transactions: readonly Transaction[],
): Promise<readonly Transaction[]> {
  if (transactions.length === 0) return [];
  const [[snapshot = ""] = []] = (await link.texts("SELECT txid_current_snapshot()")) as string[][];
  const first = transactions.findIndex(({ transaction }) => !isVisible(snapshot, transaction));
  return first < 0 ? transactions : transactions.slice(0, first);
}

/** What the keys of a page are now, each once, in the order of their last change. */
async function valuesOf(
  { link, request }: Feed,
  transactions: readonly Transaction[],
): Promise<ChangesPage["changes"]> {
  const last = new Map<string, readonly [readonly string[], boolean]>();
  for (const { keys } of transactions)
    for (const entry of keys) {
      const name = JSON.stringify(entry[0]);
      last.delete(name);
      last.set(name, entry);
    }
  if (last.size === 0) return [];
  const { relation, description, columns } = request;
  const keys = description.key.map((name) => findColumn(description, name));
  const asked = columns.map(({ name, bytes }) => {
    const column = findColumn(description, name);
    return { ...dialect.read(column, bytes === true), isKey: keys.includes(column) };
  });
  const values = asked.filter(({ isKey }) => !isKey);
  const inner = ["1", ...values.map(({ sql }) => sql)];
  const same = keys.map(({ name }) => `${dialect.quote(name)} = told.${dialect.quote(name)}`);
  // A row that is not there any more was deleted since; of a key alone the feed knows as much.
  const table =
    values.length === 0
      ? ""
      : `LEFT JOIN LATERAL (SELECT ${inner.join(", ")} FROM ${fromClause(relation, dialect)} WHERE ${same.join(" AND ")})
           AS here (${inner.map((_, at) => `qz_${at}`).join(", ")}) ON true`;
  let place = 0;
  const select = asked.map(({ sql, isKey }) => (isKey ? sql : `here.qz_${(place += 1)}`));
  const texts = keys.map(({ native }, at) => `CAST(k${at} AS ${castType(native)})`);
  const { rows } = await link.run({
    sql: `SELECT ${values.length === 0 ? "NULL" : "here.qz_0"}, ${select.join(", ")}
      FROM (SELECT n, ${texts.map((text, at) => `${text} AS ${dialect.quote(keys[at]!.name)}`).join(", ")}
        FROM unnest(${keys.map(() => `CAST(${PARAMETER} AS text[])`).join(", ")}) WITH ORDINALITY
          AS feed (${keys.map((_, at) => `k${at}`).join(", ")}, n)) told ${table} ORDER BY told.n`,
    params: keys.map((_, at) => [...last.values()].map(([key]) => key[at])),
  });
  const told = [...last.values()];
  return rows.map(([here, ...cells], at) => ({
    op: (values.length === 0 ? told[at]![1] : here !== null) ? ("upsert" as const) : "delete",
    row: cells.map((value, column): RawValue => {
      const { convert } = asked[column]!;
      return value === null || convert === undefined ? (value as RawValue) : convert(value);
    }),
  }));
}

const lost = ({ words, request }: Feed): QianzhiError =>
  new QianzhiError("QZ_CHANGES_LOST", {
    source: words.source,
    name: relationName(request.relation),
  });

const place = (text: string): bigint => {
  const [high = "0", low = "0"] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
};

const textOf = (at: bigint): string =>
  `${(at >> 32n).toString(16)}/${(at & 0xffffffffn).toString(16)}`.toUpperCase();
