import type { Database } from "./database.ts";

/** The finest buckets whose digests are kept up to date while batches are applied: 2^14 a stream, as many as an agent asks for. */
export const KEPT_BITS = 14;

// `record.key` compares by its UTF-8 bytes (SQLite's BINARY), which is the order in which copies are paged through. A
// record without a key has its record text there, with a line feed and a number after it: copies of it are told apart.
const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS descriptor (
    resource TEXT NOT NULL, version TEXT NOT NULL, serial INTEGER NOT NULL, etag TEXT NOT NULL,
    published_at TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (resource, version)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS site_key (
    site TEXT NOT NULL, key_id TEXT NOT NULL, public_key BLOB NOT NULL,
    registered_at TEXT NOT NULL, revoked_at TEXT,
    PRIMARY KEY (site, key_id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS site_grant (
    site TEXT NOT NULL, resource TEXT NOT NULL, PRIMARY KEY (site, resource)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY, resource TEXT NOT NULL, site TEXT NOT NULL, pipeline TEXT NOT NULL,
    epoch INTEGER NOT NULL, instance TEXT NOT NULL, nonce TEXT NOT NULL,
    sequence INTEGER NOT NULL, digest TEXT NOT NULL,
    UNIQUE (resource, site, pipeline));
  CREATE TABLE IF NOT EXISTS receipt (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL REFERENCES stream,
    site TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest TEXT NOT NULL,
    applied_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL, content TEXT NOT NULL,
    UNIQUE (stream, epoch, sequence));
  CREATE INDEX IF NOT EXISTS receipt_by_site ON receipt (site, serial);
  CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, resource TEXT NOT NULL, key TEXT NOT NULL,
    stream INTEGER NOT NULL REFERENCES stream, bucket INTEGER NOT NULL, hash BLOB NOT NULL, content TEXT NOT NULL,
    UNIQUE (resource, key));
  CREATE INDEX IF NOT EXISTS record_by_stream ON record (stream, key);
  CREATE INDEX IF NOT EXISTS record_by_bucket ON record (stream, bucket);
  CREATE TABLE IF NOT EXISTS bucket (
    stream INTEGER NOT NULL REFERENCES stream, bucket INTEGER NOT NULL, count INTEGER NOT NULL, sum BLOB NOT NULL,
    PRIMARY KEY (stream, bucket)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS generation (
    stream INTEGER PRIMARY KEY REFERENCES stream, id TEXT NOT NULL, count INTEGER NOT NULL, sum TEXT NOT NULL,
    refused INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS generation_record (
    stream INTEGER NOT NULL REFERENCES stream, key TEXT NOT NULL, bucket INTEGER NOT NULL, hash BLOB NOT NULL,
    content TEXT NOT NULL, PRIMARY KEY (stream, key)) WITHOUT ROWID;
`;

/** Brings a new or existing database to the platform's schema. */
export function prepareSchema(database: Database): void {
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;",
  );
  database.exec(schema);
}
