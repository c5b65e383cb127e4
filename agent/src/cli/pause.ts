import type { Command } from "commander";
import { writePipelineState } from "../state/pipeline-state.ts";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { changePipeline } from "./change-pipeline.ts";

/** `qianzhi pause PIPELINE`: a running agent sees it at its next run. */
export function pauseCommand(program: Command, cli: Cli): void {
  program
    .command("pause")
    .description(cli.text("pause"))
    .argument("<pipeline>", cli.text("pipeline"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        changePipeline(invocation, name, "pause", (store) => {
          writePipelineState(store, name, { paused: true });
          return invocation.text("pause.done", { name });
        }),
      ),
    );
}
