import type { Command } from "commander";
import { writePipelineState } from "../state/pipeline-state.ts";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { changePipeline } from "./change-pipeline.ts";

/** `qianzhi resync PIPELINE`: a running agent sees it at its next run. */
export function resyncCommand(program: Command, cli: Cli): void {
  program
    .command("resync")
    .description(cli.text("resync"))
    .argument("<pipeline>", cli.text("pipeline"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        changePipeline(invocation, name, "resync", (store) => {
          writePipelineState(store, name, { resync: true });
          return invocation.text("resync.done", { name });
        }),
      ),
    );
}
