import { open, rm } from "node:fs/promises";
import { QianzhiError } from "@qianzhi/sdk";
import type { Database } from "../database/database.ts";
import { createPrivateFile } from "./private-file.ts";
import type { SchemaPart } from "./schema.ts";

/** Marks the file as ours, `QZOB`. */
const APPLICATION_ID = 0x515a4f42;

/**
 * Brings every part of the file to its version, all in one transaction; before an upgrade a copy of the file is kept beside
 * it. A part written by a newer program is QZ_STORE_NEWER, a file of another program QZ_STORE_FOREIGN; both untouched.
 */
export async function migrate(
  database: Database,
  path: string,
  parts: readonly SchemaPart[],
): Promise<void> {
  const found = versions(database, path);
  const behind = parts.filter((part) => check(part, found, path));
  if (behind.length === 0) return;
  if (behind.some((part) => found.has(part.name))) await keepCopy(database, path, found);
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have migrated between the look above and the lock.
    const now = versions(database, path);
    for (const part of parts)
      if (check(part, now, path)) upgrade(database, part, now.get(part.name) ?? 0);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function versions(database: Database, path: string): ReadonlyMap<string, number> {
  const tables = database
    .prepare<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  if (tables.length === 0) return new Map();
  // Asked after the tables: a process that creates them at this moment commits both together.
  const id = database
    .prepare<{ application_id: number }>("PRAGMA application_id")
    .get()?.application_id;
  if (id !== APPLICATION_ID) {
    const isOurs = tables.some(({ name }) => name === "schema_part");
    throw new QianzhiError(isOurs ? "QZ_STORE_CORRUPT" : "QZ_STORE_FOREIGN", { path });
  }
  const rows = database
    .prepare<{ name: string; version: number }>("SELECT name, version FROM schema_part")
    .all();
  return new Map(rows.map((row) => [row.name, row.version]));
}

/** True when the part has to be brought forward. */
function check(part: SchemaPart, found: ReadonlyMap<string, number>, path: string): boolean {
  const version = found.get(part.name) ?? 0;
  const known = part.migrations.length;
  if (version > known)
    throw new QianzhiError("QZ_STORE_NEWER", { path, found: `${part.name} ${version}`, known });
  return version < known;
}

function upgrade(database: Database, part: SchemaPart, from: number): void {
  for (const migration of part.migrations.slice(from)) database.exec(migration);
  database.exec(
    "CREATE TABLE IF NOT EXISTS schema_part (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
  );
  database
    .prepare(
      "INSERT INTO schema_part VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
    )
    .run(part.name, part.migrations.length);
}

async function keepCopy(
  database: Database,
  path: string,
  found: ReadonlyMap<string, number>,
): Promise<void> {
  const label = [...found]
    .map(([name, version]) => `${name}${version}`)
    .sort()
    .join("-");
  const copy = `${path}.before-${label}`;
  await rm(copy, { force: true });
  // Created first, so that it is closed to others from its first byte on.
  await createPrivateFile(copy);
  database.prepare("VACUUM INTO ?").run(copy);
  const file = await open(copy, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
