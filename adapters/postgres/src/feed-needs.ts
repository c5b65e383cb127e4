import { createHash } from "node:crypto";
import { QianzhiError, type KeptChanges } from "@qianzhi/sdk";
import { doubleQuoted as quote, relationName, type ChangesRequest } from "@qianzhi/sql";
import { PARAMETER, type Link } from "./connect.ts";
import type { PostgresWords } from "./errors.ts";
import type { ServerFacts } from "./session.ts";

/** A table's feed: the slot and the publication that the DBA makes for it have one name. */
export interface FeedName {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
}

/** Slots are named over the whole server, in 63 characters of [a-z0-9_]. */
const SLUG = 40;

export function feedName(
  { relation }: Pick<ChangesRequest, "relation">,
  { database, schema: own, feed }: PostgresWords,
): FeedName {
  const names = "table" in relation ? relation.table : ["query"];
  const [schema, table] = [names.at(-2) ?? own, names.at(-1)!];
  const hash = createHash("sha256").update(JSON.stringify([database, schema, table]));
  const slug = table.toLowerCase().replace(/[^a-z0-9_]/g, "");
  return {
    name: `${feed}_${slug.slice(0, SLUG)}_${hash.digest("hex").slice(0, 8)}`,
    schema,
    table,
  };
}

/** How much of the log a slot `s` keeps, and how much slots may: negative, or before version 13 NULL, without a limit. */
export const keptColumns = `pg_current_wal_lsn() - s.restart_lsn,
  pg_size_bytes(current_setting('max_slot_wal_keep_size', true))`;

export const keptIn = ([bytes, limit]: readonly unknown[]): KeptChanges => ({
  bytes: Number(bytes ?? 0),
  limitBytes: Number(limit ?? -1) < 0 ? null : Number(limit),
});

/** Column lists of publications, and the root of partitions as what is published. */
const LISTS_SINCE = 150_000;
const ROOTS_SINCE = 130_000;
/** The slot can be moved on without reading what it passes. */
const ADVANCES_SINCE = 110_000;

/**
 * Refuses as QZ_SOURCE_DENIED, with the script that a DBA runs, unless everything is there that the feed needs. Nothing
 * of it is made here: a slot keeps the server's log until it is read.
 */
export async function feedNeeds(
  link: Link,
  facts: ServerFacts,
  words: PostgresWords,
  request: ChangesRequest,
): Promise<KeptChanges> {
  // Before it the catalog has nothing of what is asked for here.
  if (facts.number < ADVANCES_SINCE)
    throw feedRefused(words, request, [
      "/* the feed needs PostgreSQL 11 or later: use mode diff */",
    ]);
  const { name, schema, table } = feedName(request, words);
  const { key } = request.description;
  const lists = facts.number >= LISTS_SINCE;
  const keeps = facts.number >= ROOTS_SINCE;
  const [found = []] = (
    await link.run({
      sql: `SELECT current_setting('wal_level'), pg_is_in_recovery(), r.rolreplication OR r.rolsuper, c.relkind, c.relreplident,
          (SELECT string_agg(a.attname::text, chr(10)) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = c.oid AND i.indisreplident),
          p.oid, p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate, m.oid, ${lists ? "m.prqual IS NOT NULL" : "false"},
          s.slot_name, s.plugin, ${keeps ? "coalesce(s.wal_status, '') = 'lost'" : "s.restart_lsn IS NULL"}
        FROM pg_roles r
        LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) ON n.nspname = ${PARAMETER} AND c.relname = ${PARAMETER}
        LEFT JOIN pg_publication p ON p.pubname = ${PARAMETER}
        LEFT JOIN pg_publication_rel m ON m.prpubid = p.oid AND m.prrelid = c.oid
        LEFT JOIN pg_replication_slots s ON s.slot_name = ${PARAMETER} AND s.database = current_database()
        WHERE r.rolname = current_user`,
      params: [schema, table, name, name],
    })
  ).rows as (string | null)[][];
  const [level, standby, replicates, kind, identity, identifying = null, publication] = found;
  const [whole, member, filtered, slot, plugin, lost] = found.slice(7);
  const quoted = [schema, table].map(quote).join(".");
  const isTable = kind === "r" || kind === "p";
  const covered =
    identity === "d" ||
    identity === "f" ||
    (identity === "i" && key.every((column) => identifying?.split("\n").includes(column) === true));
  const keys = lists && identity === "d" ? ` (${key.map(quote).join(", ")})` : "";
  const steps: readonly (readonly [unknown, string])[] = [
    [standby === "t", "/* a standby has no feed: let the source name the primary */"],
    [facts.charset === "SQL_ASCII", "/* a database in SQL_ASCII has no feed: use mode diff */"],
    [!isTable, "/* only a table has a feed: name the table, or use mode diff */"],
    [isTable && key.length === 0, `/* ${quoted} needs a primary key, or use mode diff */`],
    [level !== "logical", "ALTER SYSTEM SET wal_level = 'logical'; /* and restart the server */"],
    [replicates !== "t", `ALTER ROLE ${quote(words.user)} REPLICATION;`],
    [isTable && !covered, `ALTER TABLE ${quoted} REPLICA IDENTITY DEFAULT;`],
    [filtered === "t", `ALTER PUBLICATION ${quote(name)} DROP TABLE ${quoted};`],
    [
      publication === null,
      `CREATE PUBLICATION ${quote(name)} FOR TABLE ${quoted}${keys}${keeps && kind === "p" ? " WITH (publish_via_partition_root = true)" : ""};`,
    ],
    [
      publication !== null && (member === null || filtered === "t"),
      `ALTER PUBLICATION ${quote(name)} ADD TABLE ${quoted}${keys};`,
    ],
    [
      whole === "f",
      `ALTER PUBLICATION ${quote(name)} SET (publish = 'insert, update, delete, truncate');`,
    ],
    [slot !== null && (lost === "t" || plugin !== "pgoutput"), dropSlot(name)],
    [
      slot === null || lost === "t" || plugin !== "pgoutput",
      `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput');`,
    ],
  ];
  const script = steps.flatMap(([needed, step]) => (needed === true ? [step] : []));
  if (script.length > 0) throw feedRefused(words, request, script);
  return keptFor(link, words, name);
}

/** What this slot keeps, and the other slots of the database whose names begin as those of feeds do. */
async function keptFor(link: Link, { feed }: PostgresWords, name: string): Promise<KeptChanges> {
  const { rows } = await link.run({
    sql: `SELECT s.slot_name, ${keptColumns} FROM pg_replication_slots s
      WHERE s.database = current_database() AND starts_with(s.slot_name, ${PARAMETER}) ORDER BY 1`,
    params: [`${feed}_`],
  });
  const slots = rows.map(([slot, ...cells]) => ({ feed: String(slot), ...keptIn(cells) }));
  const own = slots.find((slot) => slot.feed === name) ?? { feed: name, ...keptIn([]) };
  const others = slots.flatMap((slot) =>
    slot.feed === name
      ? []
      : [{ feed: slot.feed, bytes: slot.bytes, removal: dropSlot(slot.feed) }],
  );
  return { ...own, others };
}

const dropSlot = (name: string): string => `SELECT pg_drop_replication_slot('${name}');`;

/** The slot is older than the publication, so that what it keeps cannot be read. */
export const feedUnreadable = (words: PostgresWords, request: ChangesRequest): QianzhiError => {
  const { name } = feedName(request, words);
  return feedRefused(words, request, [
    dropSlot(name),
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput');`,
  ]);
};

const feedRefused = (
  { source }: PostgresWords,
  { relation }: ChangesRequest,
  script: readonly string[],
): QianzhiError =>
  new QianzhiError("QZ_SOURCE_DENIED", {
    source,
    operation: "LOGICAL DECODING",
    name: relationName(relation),
    grant: script.join(" "),
  });
