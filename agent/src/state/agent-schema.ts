import type { SchemaPart } from "@qianzhi/exchange";

/** The agent's own tables, in the same file as the outbox, so that a position moves with its batch. */
export const agentSchema: SchemaPart = {
  name: "agent",
  migrations: [
    `CREATE TABLE pipeline (
       name TEXT PRIMARY KEY,
       fingerprint TEXT, position TEXT, full_pass INTEGER NOT NULL DEFAULT 1, horizon TEXT,
       paused INTEGER NOT NULL DEFAULT 0, approved_deletes INTEGER, resync INTEGER NOT NULL DEFAULT 0,
       generation INTEGER NOT NULL DEFAULT 1,
       last_run_at INTEGER, last_success_at INTEGER, last_error TEXT, guard TEXT
     ) WITHOUT ROWID;
     -- Rows that were sent before they settled: keyed hashes of source key and row.
     CREATE TABLE overlap (
       pipeline TEXT NOT NULL, source_key TEXT NOT NULL, row TEXT NOT NULL,
       PRIMARY KEY (pipeline, source_key)
     ) WITHOUT ROWID;
     -- The diff index: runs of rows in the source's own order, encrypted block by block.
     CREATE TABLE diff_block (
       pipeline TEXT NOT NULL, place INTEGER NOT NULL, fingerprint TEXT NOT NULL, generation INTEGER NOT NULL,
       rows INTEGER NOT NULL, body BLOB NOT NULL,
       PRIMARY KEY (pipeline, place)
     ) WITHOUT ROWID;
     -- Rows to be read again whatever the position says: refused for the time being, or asked for by a person.
     CREATE TABLE nomination (
       pipeline TEXT NOT NULL, source_key TEXT NOT NULL, due_at INTEGER NOT NULL,
       PRIMARY KEY (pipeline, source_key)
     ) WITHOUT ROWID;
     CREATE INDEX nomination_due ON nomination (pipeline, due_at);`,
    // A block does not say yet which key columns its source keys are of: the index is made again.
    `ALTER TABLE nomination ADD COLUMN deleted_key TEXT;
     -- Keyed hashes of record keys that a pipeline has sealed: only what was shared once can be withdrawn.
     CREATE TABLE sealed_key (
       pipeline TEXT NOT NULL, record_key TEXT NOT NULL, PRIMARY KEY (pipeline, record_key)
     ) WITHOUT ROWID;
     DELETE FROM diff_block; UPDATE pipeline SET fingerprint = NULL;`,
    // Which row claims which record key: keyed hashes of both, and their texts encrypted.
    `CREATE TABLE key_claim (
       pipeline TEXT NOT NULL, source_row TEXT NOT NULL, record_key TEXT NOT NULL, sent INTEGER NOT NULL,
       content BLOB NOT NULL, PRIMARY KEY (pipeline, source_row)
     ) WITHOUT ROWID;
     CREATE INDEX key_claim_key ON key_claim (pipeline, record_key);`,
    // The load put on each source, for whoever looks.
    "CREATE TABLE source_load (source TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID;",
    `ALTER TABLE pipeline ADD COLUMN witnesses TEXT;`,
    // Source values, of rows that are not shared too, are encrypted from here on: what is in the clear goes.
    `UPDATE pipeline SET fingerprint = NULL, position = NULL, witnesses = NULL, horizon = NULL;`,
    // A block is told to be unchanged by a digest of its rows, and its bounds can be read without its entries.
    `DELETE FROM diff_block; ALTER TABLE diff_block ADD COLUMN digest TEXT; ALTER TABLE diff_block ADD COLUMN bounds BLOB;
     UPDATE pipeline SET fingerprint = NULL;`,
    // Mode replace: the last generation, encrypted, and when it is to be sent again.
    `ALTER TABLE pipeline ADD COLUMN replaced BLOB; ALTER TABLE pipeline ADD COLUMN again_at INTEGER;`,
    // Where a native feed goes on, and by which a block is found that holds a key: short keyed hashes, before the body.
    `ALTER TABLE pipeline ADD COLUMN feed BLOB;
     ALTER TABLE diff_block RENAME TO diff_block_before;
     CREATE TABLE diff_block (
       pipeline TEXT NOT NULL, place INTEGER NOT NULL, fingerprint TEXT NOT NULL, generation INTEGER NOT NULL,
       rows INTEGER NOT NULL, hashes BLOB, digest TEXT, bounds BLOB, body BLOB NOT NULL,
       PRIMARY KEY (pipeline, place)
     ) WITHOUT ROWID;
     INSERT INTO diff_block (pipeline, place, fingerprint, generation, rows, digest, bounds, body)
       SELECT pipeline, place, fingerprint, generation, rows, digest, bounds, body FROM diff_block_before;
     DROP TABLE diff_block_before;`,
    // Which blocks have entries that wait for their deletion; a feed does not tell of them again.
    `ALTER TABLE diff_block ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
     CREATE INDEX diff_block_missing ON diff_block (pipeline, place, missing) WHERE missing > 0;
     UPDATE pipeline SET full_pass = 1 WHERE feed IS NOT NULL;`,
    // When source and platform were compared last and what came of it, encrypted: it names keys. Times in milliseconds.
    `CREATE TABLE reconciliation (
       pipeline TEXT PRIMARY KEY, since INTEGER NOT NULL, asked_at INTEGER, done_at INTEGER,
       approved_deletes INTEGER, outcome BLOB, error TEXT
     ) WITHOUT ROWID;`,
    // What a source keeps for a feed, for whoever looks.
    `ALTER TABLE pipeline ADD COLUMN feed_report TEXT;`,
    // The columns of each relation as they were read last: names and types.
    "CREATE TABLE relation_shape (pipeline TEXT PRIMARY KEY, shape TEXT NOT NULL) WITHOUT ROWID;",
    // What the platform's catalog had of each resource when it was asked last.
    "CREATE TABLE published (resource TEXT PRIMARY KEY, descriptor TEXT NOT NULL) WITHOUT ROWID;",
    // Which sources refused our password, and by which connection: a keyed hash of its options.
    `CREATE TABLE source_rest (
       source TEXT PRIMARY KEY, connection TEXT NOT NULL, error TEXT NOT NULL
     ) WITHOUT ROWID;`,
    // Of pipelines whose share has ended: what the platform said, and whether it was asked to remove what it has.
    "CREATE TABLE withholding (pipeline TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;",
    // What the watchdog has seen, by what it is of.
    `CREATE TABLE watch (about TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
     -- The greatest key of a relation when it was looked at, encrypted.
     CREATE TABLE source_mark (pipeline TEXT PRIMARY KEY, mark BLOB NOT NULL) WITHOUT ROWID;`,
    // Which servers each pipeline was read from: keyed hashes, as JSON.
    "CREATE TABLE source_server (pipeline TEXT PRIMARY KEY, servers TEXT NOT NULL) WITHOUT ROWID;",
    // How far the platform's copy was behind, every few minutes of the last day, for whoever draws it.
    `CREATE TABLE lag_sample (
       pipeline TEXT NOT NULL, at INTEGER NOT NULL, behind_ms INTEGER NOT NULL, PRIMARY KEY (pipeline, at)
     ) WITHOUT ROWID;`,
  ],
};
