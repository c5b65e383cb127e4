import type { Command } from "commander";
import { readPipelineState, writePipelineState } from "../state/pipeline-state.ts";
import { readReconciliation, writeReconciliation } from "../state/reconciliations.ts";
import { changePipeline } from "./change-pipeline.ts";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";

/** `qianzhi approve PIPELINE`: lets as many deletions pass as the delete guard has shown, and no more. */
export function approveCommand(program: Command, cli: Cli): void {
  program
    .command("approve")
    .description(cli.text("approve"))
    .argument("<pipeline>", cli.text("pipeline"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        changePipeline(invocation, name, "approve", (store) => {
          const { guard } = readPipelineState(store, name);
          const { held } = readReconciliation(store, name)?.outcome ?? {};
          const deletes = (guard ?? held)?.deletes;
          if (deletes === undefined)
            return { because: invocation.text("approve.nothing", { name }) };
          if (guard !== null) writePipelineState(store, name, { approvedDeletes: deletes });
          // What a reconciliation was held at, another one deletes.
          else
            writeReconciliation(store, name, {
              approvedDeletes: deletes,
              askedAt: Math.floor(store.world.clock.now()),
            });
          return invocation.text("approve.done", { name, deletes });
        }),
      ),
    );
}
