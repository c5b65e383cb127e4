import { storedJson } from "@qianzhi/exchange";
import type { Database } from "@qianzhi/exchange";

/** Servers that are remembered of a pipeline, the latest: as many as stand behind one address at most. */
const REMEMBERED = 8;

/** Keyed hashes of the servers that a pipeline was read from. */
export function readSourceServers(database: Database, pipeline: string): readonly string[] {
  const row = database
    .prepare<{ servers: string }>("SELECT servers FROM source_server WHERE pipeline = ?")
    .get(pipeline);
  return row === undefined ? [] : (storedJson(row.servers) as string[]);
}

/** Remembers one more, in the caller's transaction. */
export function addSourceServer(database: Database, pipeline: string, server: string): void {
  const servers = [...readSourceServers(database, pipeline), server].slice(-REMEMBERED);
  database
    .prepare(
      "INSERT INTO source_server VALUES (?, ?) ON CONFLICT DO UPDATE SET servers = excluded.servers",
    )
    .run(pipeline, JSON.stringify(servers));
}
