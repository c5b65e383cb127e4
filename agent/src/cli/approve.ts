import type { Command } from "commander";
import { readPipelineState, writePipelineState } from "../state/pipeline-state.ts";
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
          if (guard === null) return { because: invocation.text("approve.nothing", { name }) };
          writePipelineState(store, name, { approvedDeletes: guard.deletes });
          return invocation.text("approve.done", { name, deletes: guard.deletes });
        }),
      ),
    );
}
