import { storedJson } from "@qianzhi/exchange";
import type { Database } from "@qianzhi/exchange";
import type { LoadReport } from "../care/source-load.ts";

/** The load on a source as the agent last noted it; undefined before it has asked anything. */
export function readSourceLoad(database: Database, source: string): LoadReport | undefined {
  const row = database
    .prepare<{ report: string }>("SELECT report FROM source_load WHERE source = ?")
    .get(source);
  return row === undefined ? undefined : (storedJson(row.report) as LoadReport);
}

/** In the caller's transaction. */
export function writeSourceLoad(database: Database, source: string, report: LoadReport): void {
  database
    .prepare(
      "INSERT INTO source_load (source, report) VALUES (?, ?) ON CONFLICT DO UPDATE SET report = excluded.report",
    )
    .run(source, JSON.stringify(report));
}
