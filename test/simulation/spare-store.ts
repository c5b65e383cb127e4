import { openSite } from "@qianzhi/agent";
import {
  openDatabase,
  type Database,
  type SqlValue,
  type Statement,
  type StoreFiles,
} from "@qianzhi/exchange";
import { defineAdapter, QianzhiError, type Log } from "@qianzhi/sdk";
import { platformTarget } from "../world/platform-target.ts";
import { siteConfig } from "../world/site-config.ts";
import { EventQueue } from "./event-queue.ts";
import { beginLife, worldOf } from "./life.ts";
import { SITE } from "./resource.ts";
import { dice } from "./seeded-random.ts";
import { newPlatform } from "./spare-platform.ts";

/** Rows by table. */
export type StoreContent = ReadonlyMap<string, readonly Readonly<Record<string, SqlValue>>[]>;

/** A store that outlives the worlds which use it. */
export interface SpareStore {
  /** Closing it leaves it open, with its statements prepared. */
  readonly database: Database;
  content(): StoreContent;
  /** Makes this its content; undefined: that of a store just made. */
  hold(content: StoreContent | undefined): void;
}

/** A store with all its tables that belongs to no site yet, as the product makes it. */
export async function installStore(files: StoreFiles): Promise<SpareStore> {
  const inner = await openDatabase(":memory:");
  const written = new Set<string>();
  const database = lasting(inner, written);
  const queue = new EventQueue();
  const world = worldOf({
    life: beginLife(queue),
    queue,
    dice: dice("installed"),
    log: silent,
    skewMs: () => 0,
  });
  const { platform } = await newPlatform(world);
  const site = await openSite({
    config: siteConfig({
      dataDirectory: "",
      adapter: unread,
      sourceOptions: {},
      pipelines: [],
    }),
    world,
    target: platformTarget(platform, SITE),
    openDatabase: async () => database,
    files,
    lock: false,
  });
  await site.close();
  platform.close();
  return { database, ...contentOf(database, written) };
}

const unread = defineAdapter({
  kind: "unread",
  optionsSchema: {},
  open: () => Promise.reject(new QianzhiError("QZ_SOURCE_LOST")),
});

const silence = (): undefined => undefined;
const silent: Log = { debug: silence, info: silence, warn: silence, error: silence };

/** A connection whose statements are prepared once. Notes which tables they may have written. */
function lasting(database: Database, written: Set<string>): Database {
  const statements = new Map<string, Statement<unknown>>();
  const prepared = (sql: string): Statement<unknown> => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    exec: (sql) => database.exec(sql),
    prepare<R>(sql: string) {
      const statement = prepared(sql) as Statement<R>;
      const [, table] = WRITES.exec(sql) ?? [];
      return {
        run(...values) {
          if (table !== undefined) written.add(table);
          return statement.run(...values);
        },
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
        // A statement that is walked could not be used for anything else meanwhile.
        iterate: (...values) => statement.all(...values).values(),
      };
    },
    close: () => undefined,
  };
}

const WRITES = /^\s*(?:INSERT|REPLACE|UPDATE|DELETE)(?: OR \w+)?(?: INTO| FROM)? (\w+)/;

function contentOf(database: Database, written: Set<string>): Omit<SpareStore, "database"> {
  // The schema parts stay: they say which tables there are.
  const tables = database
    .prepare<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_part' ORDER BY name = 'sqlite_sequence', name = 'stream'",
    )
    .all()
    .map(({ name }) => name);
  const triggers = database
    .prepare<{ sql: string }>("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
    .all()
    .map(({ sql }) => sql)
    .join();
  const isWritten = (name: string): boolean =>
    written.has(name) || name === "sqlite_sequence" || triggers.includes(name);
  // Nothing of a site may remove what it has written down; the end of its world may.
  database.exec("DROP TRIGGER ledger_kept");
  return {
    content: () =>
      new Map(
        tables.map((name) => [
          name,
          database.prepare<Readonly<Record<string, SqlValue>>>(`SELECT * FROM ${name}`).all(),
        ]),
      ),
    hold(content) {
      database.exec("PRAGMA foreign_keys = OFF; BEGIN");
      // A world writes to a third of them, and to empty one takes as long as to write a row.
      for (const name of tables) if (isWritten(name)) database.prepare(`DELETE FROM ${name}`).run();
      written.clear();
      // Triggers count batches into their stream, which comes after them for that.
      for (const name of content === undefined ? [] : tables)
        for (const row of content?.get(name) ?? []) {
          const values = Object.values(row);
          database.prepare(`INSERT INTO ${name} VALUES (${marks(values.length)})`).run(...values);
        }
      database.exec("COMMIT");
    },
  };
}

const marks = (count: number): string => Array.from({ length: count }, () => "?").join(", ");
