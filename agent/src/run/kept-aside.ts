import { statSync } from "node:fs";
import { join } from "node:path";
import {
  storedJson,
  keptAside,
  openDatabase,
  type Database,
  type Outbox,
  type Store,
} from "@qianzhi/exchange";
import type { StreamName } from "@qianzhi/sdk";
import { writePipelineState } from "../state/pipeline-state.ts";

/** A damaged store that is kept beside the one in use. */
export interface KeptAside {
  readonly path: string;
  /** When this one was begun in its place. */
  readonly since: string;
}

const SETTING = "kept-aside";

/**
 * What a store that was begun in the place of a damaged one has to know, in one transaction: that a reconciliation is owed
 * for every pipeline, and of the one before, as far as it can be read, which pipelines a person had paused and where its
 * ledger ended. Does nothing when that is known.
 */
export async function noteKeptAside(outbox: Outbox, streams: readonly StreamName[]): Promise<void> {
  const { store, ledger } = outbox;
  const [name] = await keptAside(store.directory);
  if (name === undefined || noted(store)?.name === name) return;
  const before = await salvage(join(store.directory, name));
  store.transaction(() => {
    const note: Noted = { name, at: Math.floor(store.world.clock.now()) };
    store.settings.set(SETTING, JSON.stringify(note));
    ledger.append("store-kept-aside", { file: name, ledger: before.ledger ?? null });
    for (const stream of streams) {
      outbox.setOwed(stream, "the data file was damaged");
      if (before.paused.includes(stream.pipeline))
        writePipelineState(store, stream.pipeline, { paused: true });
    }
  });
}

/** The damaged store that this one was begun in the place of, for as long as its file is there. */
export function lastKeptAside(store: Store): KeptAside | null {
  const note = noted(store);
  if (note === undefined) return null;
  const path = join(store.directory, note.name);
  return statSync(path, { throwIfNoEntry: false }) === undefined
    ? null
    : { path, since: new Date(note.at).toISOString() };
}

interface Noted {
  readonly name: string;
  readonly at: number;
}

function noted({ settings }: Store): Noted | undefined {
  const text = settings.get(SETTING);
  return text === undefined ? undefined : (storedJson(text) as Noted);
}

interface Salvaged {
  readonly paused: readonly string[];
  /** The last entry of its ledger. */
  readonly ledger?: { readonly seq: number; readonly hash: string };
}

async function salvage(path: string): Promise<Salvaged> {
  const database = await openDatabase(path, { readOnly: true }).catch(() => undefined);
  if (database === undefined) return { paused: [] };
  try {
    const paused = read<{ name: string }>(database, "SELECT name FROM pipeline WHERE paused = 1");
    const [last] = read<{ seq: number; hash: string }>(
      database,
      "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
    );
    return {
      paused: paused.map(({ name }) => name),
      ...(last === undefined ? {} : { ledger: { seq: last.seq, hash: last.hash } }),
    };
  } finally {
    database.close();
  }
}

/** What cannot be read of a damaged file any more counts as not there. */
function read<R>(database: Database, sql: string): readonly R[] {
  try {
    return database.prepare<R>(sql).all();
  } catch {
    return [];
  }
}
