import type { Command } from "commander";
import { writePipelineState } from "../state/pipeline-state.ts";
import { forgetRelationShape } from "../state/relation-shapes.ts";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { changePipeline } from "./change-pipeline.ts";

/** `qianzhi resync PIPELINE`: a running agent sees it at its next run, and takes the relation as it is then. */
export function resyncCommand(program: Command, cli: Cli): void {
  program
    .command("resync")
    .description(cli.text("resync"))
    .argument("<pipeline>", cli.text("pipeline"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        changePipeline(invocation, name, "resync", (store) => {
          writePipelineState(store, name, { resync: true });
          forgetRelationShape(store.database, name);
          return invocation.text("resync.done", { name });
        }),
      ),
    );
}
