import type { Database } from "@qianzhi/exchange";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { withSite } from "./open-configured-site.ts";

/** A person changes what the site remembers of a pipeline: in one transaction with its line in the ledger. */
export function changePipeline(
  invocation: Invocation,
  name: string,
  kind: string,
  change: (database: Database) => string,
): Promise<ExitCode> {
  return withSite(invocation, { lock: false }, async (site): Promise<ExitCode> => {
    namedPipelines(site, [name], invocation);
    const said = site.store.transaction(() => {
      site.outbox.ledger.append(kind, { pipeline: name });
      return change(site.store.database);
    });
    invocation.say(said);
    invocation.answer({ ok: true, pipeline: name, message: said });
    return 0;
  });
}
