import type { Store } from "../store/store.ts";
import type { StreamRow } from "./stream-table.ts";
import { storedJson } from "../store/stored-json.ts";

/*
 * A platform tells two agents of one site apart by the instance that opens an epoch. A data directory has its name from
 * the start; but a copy of it, restored from a backup or cloned with its machine, has the same. So whoever finds that a
 * chain has parted opens the next epoch of that stream under a new name: to a copy that still runs, this is another
 * instance, and it stops. What this directory has opened under its former names is its own all the same, since a request
 * may arrive late.
 */

/** Former names that are remembered: a request that is older than so many epochs arrives nowhere any more. */
const REMEMBERED = 16;

/** The names of this directory for a stream, the one in use last. */
export function instancesOf({ instance }: Store, { instances }: StreamRow): readonly string[] {
  return instances === null ? [instance] : (storedJson(instances) as readonly string[]);
}

/** Gives the stream a new name, in the caller's transaction. */
export function renameInstance(store: Store, stream: StreamRow): void {
  const name = Buffer.from(store.world.random.bytes(16)).toString("hex");
  const names = [...instancesOf(store, stream), name].slice(-REMEMBERED);
  store.database
    .prepare("UPDATE stream SET instances = ? WHERE id = ?")
    .run(JSON.stringify(names), stream.id);
}
