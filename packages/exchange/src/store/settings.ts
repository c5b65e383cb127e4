import type { Database } from "../database/database.ts";

/** Small named facts of the data directory that must survive a restart. */
export interface Settings {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** The value as first set, by whichever process came first. */
  once(name: string, make: () => string): string;
}

export function openSettings(database: Database): Settings {
  const select = database.prepare<{ value: string }>("SELECT value FROM setting WHERE name = ?");
  const upsert = database.prepare(
    "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const insert = database.prepare(
    "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
  );
  const get = (name: string): string | undefined => select.get(name)?.value;
  return {
    get,
    set: (name, value) => void upsert.run(name, value),
    once(name, make) {
      const known = get(name);
      if (known !== undefined) return known;
      insert.run(name, make());
      return get(name) ?? "";
    },
  };
}
