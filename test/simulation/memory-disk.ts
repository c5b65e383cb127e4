import { createHash } from "node:crypto";
import { openDatabase, type SiteSecret, type StoreFiles } from "@qianzhi/exchange";
import type { Disk } from "./disk.ts";
import { installStore, type StoreContent, type SpareStore } from "./spare-store.ts";
import type { Dice } from "./seeded-random.ts";

const STORE_FILE = "outbox.db";

/** Stores that no world of this process uses at this time. */
const spares: SpareStore[] = [];

/**
 * Data directories that are in no file system. Their stores are databases in memory that one world of this process after the
 * other uses: to make one, and to prepare the statements of each start of an agent, takes longer than a small world lives.
 * A process that dies is rolled back as its files would be.
 */
export function memoryDisk(dice: Dice): Disk {
  const stores = new Map<string, SpareStore>();
  const backups = new Map<string, StoreContent>();
  const secretOf = new Map<string, SiteSecret>();
  const pathOf = (directory: string): string => `${directory}/${STORE_FILE}`;
  const files = filesOf((directory) => secretOf.get(directory)!);
  return {
    root: "",
    files,
    async open(path) {
      // What is staged for a run is made anew each time.
      if (!path.endsWith(STORE_FILE)) return openDatabase(":memory:");
      const known = stores.get(path);
      if (known !== undefined) return known.database;
      const store = spares.pop() ?? (await installStore(filesOf(() => secrets[0]!)));
      store.hold(backups.get(path));
      stores.set(path, store);
      return store.database;
    },
    make: (directory) => void secretOf.set(directory, dice.pick(secrets)),
    copy(from, to) {
      secretOf.set(to, secretOf.get(from)!);
      const content = stores.get(pathOf(from))?.content() ?? backups.get(pathOf(from));
      if (content !== undefined) backups.set(pathOf(to), content);
    },
    close: () => void spares.push(...stores.values()),
  };
}

const filesOf = (secretOf: (directory: string) => SiteSecret): StoreFiles => ({
  createDirectory: async () => undefined,
  createPrivateFile: async () => undefined,
  remove: async () => undefined,
  openSecret: async (directory) => secretOf(directory),
});

/** Each of them is derived from once a process. */
const secrets: readonly SiteSecret[] = Array.from({ length: 8 }, (_, number) => {
  const keys = new Map<string, Uint8Array>();
  return {
    derive(label) {
      const known = keys.get(label);
      const key = known ?? createHash("sha256").update(`${number}/${label}`).digest();
      keys.set(label, key);
      return key;
    },
  };
});
