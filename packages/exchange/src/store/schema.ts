/** Tables of one part of a program in the shared file, and how each version came from the one before. */
export interface SchemaPart {
  readonly name: string;
  /** `migrations[n]` leads from version n to n + 1; the number of migrations is the part's version. */
  readonly migrations: readonly string[];
}

const waiting = "('sealed', 'handed', 'reseal')";

/**
 * The exchange's own tables. A batch goes `sealed → handed → receipted` (a target with immediate receipts skips `handed`).
 * Out of an ended epoch it goes to `voided`, or by way of `reseal` into a new batch of the new epoch.
 *
 * `ordinal, part` is the place of a batch's changes in the order of sealing; a batch that is sealed again keeps it, so that
 * "later" means the same across epochs. `stored` is the number of body bytes still held. Triggers keep the counts of a stream:
 * status and the check for room never scan.
 */
export const exchangeSchema: SchemaPart = {
  name: "exchange",
  migrations: [
    `
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE stream (
      id INTEGER PRIMARY KEY,
      site TEXT NOT NULL, pipeline TEXT NOT NULL, resource TEXT NOT NULL,
      epoch INTEGER NOT NULL, nonce TEXT NOT NULL, sequence INTEGER NOT NULL, digest TEXT NOT NULL,
      opened INTEGER NOT NULL DEFAULT 0,
      opened_before INTEGER NOT NULL DEFAULT 0,
      base_epoch INTEGER NOT NULL DEFAULT 0, base_digest TEXT NOT NULL DEFAULT '',
      owed TEXT, owed_at INTEGER,
      sealed_batches INTEGER NOT NULL DEFAULT 0,
      handed_batches INTEGER NOT NULL DEFAULT 0,
      reseal_batches INTEGER NOT NULL DEFAULT 0,
      waiting_changes INTEGER NOT NULL DEFAULT 0,
      waiting_bytes INTEGER NOT NULL DEFAULT 0,
      retained_bytes INTEGER NOT NULL DEFAULT 0,
      sealed_changes INTEGER NOT NULL DEFAULT 0,
      accepted INTEGER NOT NULL DEFAULT 0,
      refused INTEGER NOT NULL DEFAULT 0,
      voided INTEGER NOT NULL DEFAULT 0,
      last_receipt_at INTEGER,
      UNIQUE (site, pipeline, resource)
    );

    CREATE TABLE batch (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      stream INTEGER NOT NULL REFERENCES stream (id),
      epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
      predecessor TEXT NOT NULL, digest TEXT NOT NULL,
      ordinal INTEGER NOT NULL, part INTEGER NOT NULL DEFAULT 0,
      version TEXT NOT NULL, key TEXT NOT NULL,
      deletes INTEGER NOT NULL, upserts INTEGER NOT NULL,
      bytes INTEGER NOT NULL, encoding TEXT NOT NULL, stored INTEGER NOT NULL,
      state TEXT NOT NULL, reason TEXT,
      split INTEGER NOT NULL DEFAULT 0,
      accepted INTEGER NOT NULL DEFAULT 0, refusals TEXT,
      source_keys TEXT,
      sealed_at INTEGER NOT NULL, ended_at INTEGER,
      receipt_order INTEGER UNIQUE,
      UNIQUE (stream, epoch, sequence)
    );
    CREATE INDEX batch_sealed ON batch (stream, epoch, sequence) WHERE state = 'sealed';
    CREATE INDEX batch_handed ON batch (stream, epoch, sequence) WHERE state = 'handed';
    CREATE INDEX batch_reseal ON batch (stream, ordinal, part) WHERE state = 'reseal';
    CREATE INDEX batch_receipted ON batch (stream, ordinal) WHERE state = 'receipted';
    CREATE INDEX batch_voided ON batch (ended_at) WHERE stored > 0 AND state = 'voided';
    CREATE INDEX batch_delivered ON batch (ended_at) WHERE stored > 0 AND state = 'receipted';

    CREATE TABLE body (batch INTEGER PRIMARY KEY REFERENCES batch (id), bytes BLOB NOT NULL);

    CREATE TRIGGER batch_inserted AFTER INSERT ON batch BEGIN
      UPDATE stream SET
        sealed_batches = sealed_batches + 1,
        waiting_changes = waiting_changes + new.deletes + new.upserts,
        waiting_bytes = waiting_bytes + new.stored
      WHERE id = new.stream;
    END;
    CREATE TRIGGER batch_moved AFTER UPDATE OF state, stored ON batch BEGIN
      UPDATE stream SET
        sealed_batches = sealed_batches - (old.state = 'sealed') + (new.state = 'sealed'),
        handed_batches = handed_batches - (old.state = 'handed') + (new.state = 'handed'),
        reseal_batches = reseal_batches - (old.state = 'reseal') + (new.state = 'reseal'),
        waiting_changes = waiting_changes
          + (new.deletes + new.upserts) * ((new.state IN ${waiting}) - (old.state IN ${waiting})),
        waiting_bytes = waiting_bytes + new.stored * (new.state IN ${waiting}) - old.stored * (old.state IN ${waiting}),
        retained_bytes = retained_bytes + new.stored * (new.state = 'receipted') - old.stored * (old.state = 'receipted')
      WHERE id = new.stream;
    END;

    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      pipeline TEXT NOT NULL, resource TEXT NOT NULL,
      key_hash BLOB NOT NULL, content BLOB NOT NULL,
      reasons TEXT NOT NULL, origin TEXT NOT NULL, temporary INTEGER NOT NULL,
      ordinal INTEGER NOT NULL,
      epoch INTEGER, sequence INTEGER, line INTEGER,
      opened_at INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 1,
      closed_at INTEGER, closed_by TEXT
    );
    CREATE UNIQUE INDEX quarantine_open ON quarantine (pipeline, key_hash) WHERE closed_at IS NULL;
    CREATE INDEX quarantine_listed ON quarantine (pipeline, id);
    CREATE INDEX quarantine_closed ON quarantine (closed_at) WHERE closed_at IS NOT NULL;
    CREATE TABLE quarantine_change (pipeline TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;

    CREATE TABLE ledger (
      seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
      previous TEXT NOT NULL, hash TEXT NOT NULL
    );
    CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  `,
    // Finds the ended batches that may be forgotten without walking those that are retained.
    `CREATE INDEX batch_over ON batch (ended_at) WHERE stored = 0 AND state IN ('receipted', 'voided')`,
    // The step of a generation that a batch is, as JSON.
    "ALTER TABLE batch ADD COLUMN generation TEXT",
    // How the quarantine came to be what it is, by day and reason.
    `CREATE TABLE quarantine_day (
       day TEXT NOT NULL, pipeline TEXT NOT NULL, code TEXT NOT NULL,
       opened INTEGER NOT NULL, closed INTEGER NOT NULL,
       PRIMARY KEY (day, pipeline, code)
     ) WITHOUT ROWID;`,
    // The names under which this directory has opened a stream's epochs, as JSON; null: its own alone.
    "ALTER TABLE stream ADD COLUMN instances TEXT",
    // What the ledger takes (200: hashes, numbers and kind of an entry, with its place in the tree), and where it was cut
    // last. Only what is cut may be deleted.
    `CREATE TABLE ledger_extent (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       bytes INTEGER NOT NULL,
       cut_seq INTEGER NOT NULL DEFAULT 0,
       cut_at INTEGER
     );
     INSERT INTO ledger_extent (id, bytes)
       SELECT 1, coalesce(sum(200 + length(CAST(detail AS BLOB))), 0) FROM ledger;
     CREATE TRIGGER ledger_grown AFTER INSERT ON ledger BEGIN
       UPDATE ledger_extent SET bytes = bytes + 200 + length(CAST(new.detail AS BLOB));
     END;
     CREATE TRIGGER ledger_shrunk AFTER DELETE ON ledger BEGIN
       UPDATE ledger_extent SET bytes = bytes - 200 - length(CAST(old.detail AS BLOB));
     END;
     DROP TRIGGER ledger_kept;
     CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger
       WHEN old.seq > (SELECT cut_seq FROM ledger_extent) BEGIN
       SELECT RAISE(ABORT, 'the ledger is append-only');
     END;`,
  ],
};
