import type { Database } from "@qianzhi/exchange";

/**
 * Copies everything that a database holds; the answer puts it back, beneath whoever has it open. For a platform that is
 * restored from a backup.
 */
export function backUp(database: Database): () => void {
  const tables = database
    .prepare<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')",
    )
    .all()
    .map(({ name }) => ({
      erase: database.prepare(`DELETE FROM ${name}`),
      name,
      rows: database.prepare(`SELECT * FROM ${name}`).all(),
    }));
  return () => {
    database.exec("BEGIN; PRAGMA defer_foreign_keys = ON;");
    for (const { erase, name, rows } of tables) {
      erase.run();
      const marks = Object.keys(rows[0] ?? {}).map(() => "?");
      const insert = `INSERT INTO ${name} VALUES (${marks.join(", ")})`;
      for (const row of rows) database.prepare(insert).run(...Object.values(row));
    }
    database.exec("COMMIT");
  };
}
