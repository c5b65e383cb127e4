import sqlite from "@qianzhi/adapter-sqlite";
import type { Adapter, Source } from "@qianzhi/sdk";

/** The SQLite adapter with some methods of each open source replaced, for what a source may do in between. */
export const sqliteWith = (replaced: (source: Source) => Partial<Source>): Adapter => ({
  ...sqlite,
  async open(options, host) {
    const source = await sqlite.open(options as { readonly path: string }, host);
    return { ...source, ...replaced(source) };
  },
});
