import { createRequire } from "node:module";

interface Writable {
  exec(sql: string): void;
  close(): void;
}

/** A writable connection, as the legacy system has one. */
export function openForTest(path: string): Writable {
  const { DatabaseSync } = createRequire(import.meta.url)("@photostructure/sqlite") as {
    DatabaseSync: new (path: string) => Writable;
  };
  return new DatabaseSync(path);
}
