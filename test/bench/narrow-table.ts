import type { Connection } from "mysql2/promise";

export const narrow = "narrow";

/** Makes sure that the table holds exactly so many rows of an id, a value and a stamp, by doubling them in the server. */
export async function fillNarrowTable(connection: Connection, rows: number): Promise<void> {
  const run = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await connection.query(sql))[0] as readonly Readonly<Record<string, unknown>>[];
  await run(
    `CREATE TABLE IF NOT EXISTS ${narrow} (id INT PRIMARY KEY, v INT NOT NULL, at DATETIME NOT NULL, KEY (at, id)) ENGINE=InnoDB`,
  );
  const [last] = await run(`SELECT coalesce(max(id), 0) AS id FROM ${narrow}`);
  if (Number(last?.["id"]) === rows) return;
  await run(`TRUNCATE ${narrow}`);
  // What is filled can be filled again: durability would only cost time here.
  await run("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
  await run(`INSERT INTO ${narrow} VALUES (1, 1, '2020-01-01 00:00:01')`);
  for (let filled = 1; filled < rows;) {
    const more = Math.min(filled, rows - filled);
    await run(`INSERT INTO ${narrow} SELECT id + ${filled}, v, at + INTERVAL ${filled} SECOND
      FROM ${narrow} WHERE id <= ${more} ORDER BY id`);
    filled += more;
  }
  await run("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
  await run(`ANALYZE TABLE ${narrow}`);
}
