import type { Store } from "@qianzhi/exchange";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { withSite } from "./open-configured-site.ts";

/** There was nothing to change, and why. */
export interface NotChanged {
  readonly because: string;
}

/** A person changes what the site remembers of a pipeline: in one transaction with its line in the ledger. */
export function changePipeline(
  invocation: Invocation,
  name: string,
  kind: string,
  change: (store: Store) => string | NotChanged,
): Promise<ExitCode> {
  return withSite(invocation, { lock: false }, async (site): Promise<ExitCode> => {
    namedPipelines(site, [name], invocation);
    const changed = site.store.transaction(() => {
      const outcome = change(site.store);
      if (typeof outcome === "string") site.outbox.ledger.append(kind, { pipeline: name });
      return outcome;
    });
    const ok = typeof changed === "string";
    const message = ok ? changed : changed.because;
    invocation.say(message);
    invocation.answer({ ok, pipeline: name, message });
    return ok ? 0 : 1;
  });
}
