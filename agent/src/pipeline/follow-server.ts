import { addSourceServer, readSourceServers } from "../state/source-servers.ts";
import { writePipelineState } from "../state/pipeline-state.ts";
import { noChanges } from "./page-changes.ts";
import { keyedHash } from "./row-hash.ts";
import type { RunOptions } from "./run-pipeline.ts";

/** How often the source is asked which server it is: a poll that finds nothing does not ask at all. */
const ASK_EVERY_MS = 5 * 60_000;

/**
 * Owes a reconciliation when the source is a server that the pipeline was never read from: one that was restored under
 * a new identity, or the standby after a failover, may lack rows of which no stamp tells. What a feed's position means
 * there nobody knows, so that everything is read again. Several servers behind one address are each new once.
 */
export async function followServer({
  config,
  source,
  store,
  stage,
  world,
  memory,
  signal,
}: RunOptions): Promise<void> {
  const now = world.clock.monotonic();
  if (memory.serverAskedAtMs !== undefined && now - memory.serverAskedAtMs < ASK_EVERY_MS) return;
  const { identity = "" } = await source.probe(signal);
  memory.serverAskedAtMs = now;
  if (identity === "") return;
  const server = keyedHash(store.secret.derive("source-server"))(identity);
  const known = readSourceServers(store.database, config.name);
  if (known.includes(server)) return;
  const isFirst = known.length === 0;
  await stage.seal(noChanges, () => {
    addSourceServer(store.database, config.name, server);
    if (isFirst) return;
    stage.owe("the source is another server than before");
    if (config.mode === "native")
      writePipelineState(store, config.name, { feed: null, fullPass: true });
  });
  if (!isFirst) world.log.warn("another server", { pipeline: config.name });
}
