import type { Change, Database, Intents } from "@qianzhi/exchange";
import type { Permit, permit } from "./permit.ts";

/**
 * The business itself: permits in a table of its own. Whatever it does to a permit, it notes in the same transaction what the
 * exchange is to be told (the "intent"), so that there is no moment at which one is done and the other forgotten.
 */
export interface PermitOffice {
  grant(permit: Permit & { readonly inspector: string }): void;
  revoke(permitNumber: string): void;
  /** All permits in force, to compare with. */
  current(): Iterable<Permit>;
  readonly intents: Intents<Change<typeof permit>, number>;
}

interface IntentRow {
  readonly id: number;
  readonly change: string;
}

export function openPermitOffice(database: Database): PermitOffice {
  database.exec(`
    CREATE TABLE IF NOT EXISTS permit (
      permit_number TEXT PRIMARY KEY, holder TEXT NOT NULL, valid_until TEXT NOT NULL, fee TEXT, inspector TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS intent (id INTEGER PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL);
  `);
  const inTransaction = (work: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  const note = (change: Change<typeof permit>): void => {
    database.prepare("INSERT INTO intent (change) VALUES (?)").run(JSON.stringify(change));
  };
  return {
    grant({ inspector, ...shared }) {
      const { permit_number: number, holder, valid_until: until, fee = null } = shared;
      inTransaction(() => {
        database
          .prepare("INSERT OR REPLACE INTO permit VALUES (?, ?, ?, ?, ?)")
          .run(number, holder, until, fee, inspector);
        note({ upsert: shared });
      });
    },
    revoke(permitNumber) {
      inTransaction(() => {
        database.prepare("DELETE FROM permit WHERE permit_number = ?").run(permitNumber);
        note({ delete: { permit_number: permitNumber } });
      });
    },
    current: () =>
      database.prepare<Permit>("SELECT permit_number, holder, valid_until, fee FROM permit").all(),
    intents: {
      read: (limit) =>
        database
          .prepare<IntentRow>("SELECT id, change FROM intent ORDER BY id LIMIT ?")
          .all(limit)
          .map(({ id, change }) => ({ id, change: JSON.parse(change) as Change<typeof permit> })),
      remove(ids) {
        // Intents are read in ascending order, so those that were published are the first ones.
        database.prepare("DELETE FROM intent WHERE id <= ?").run(ids.at(-1) ?? 0);
      },
    },
  };
}
