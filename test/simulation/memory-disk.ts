import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@qianzhi/exchange";
import { copyFiles } from "../world/data-directory.ts";
import type { Disk } from "./disk.ts";
import { installStore, type StoreContent, type SpareStore } from "./spare-store.ts";
import type { Dice } from "./seeded-random.ts";

const STORE_FILE = "outbox.db";
const SECRET_FILE = "site.secret";
const SECRET_BYTES = 32;

/** Stores that no world of this process uses at this time. */
const spares: SpareStore[] = [];

/**
 * Data directories whose stores are databases in memory that one world of this process after the other uses: to make one,
 * and to prepare the statements of each start of an agent, takes longer than a small world lives. A process that dies is
 * rolled back as its files would be.
 */
export function memoryDisk(dice: Dice): Disk {
  const stores = new Map<string, SpareStore>();
  const backups = new Map<string, StoreContent>();
  return {
    async open(path) {
      // What is staged for a run is made anew each time.
      if (!path.endsWith(STORE_FILE)) return openDatabase(":memory:");
      const known = stores.get(path);
      if (known !== undefined) return known.database;
      const store = spares.pop() ?? (await installStore());
      store.hold(backups.get(path));
      stores.set(path, store);
      return store.database;
    },
    make(directory) {
      mkdirSync(directory, { mode: 0o700 });
      writeFileSync(join(directory, SECRET_FILE), dice.bytes(SECRET_BYTES), { mode: 0o600 });
    },
    copy(from, to) {
      copyFiles(from, to);
      const path = join(from, STORE_FILE);
      const content = stores.get(path)?.content() ?? backups.get(path);
      if (content !== undefined) backups.set(join(to, STORE_FILE), content);
    },
    close: () => void spares.push(...stores.values()),
  };
}
