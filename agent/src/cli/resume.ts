import type { Command } from "commander";
import { writePipelineState } from "../state/pipeline-state.ts";
import type { Cli } from "./cli.ts";
import type { Invocation } from "./invocation.ts";
import { changePipeline } from "./change-pipeline.ts";

/** `qianzhi resume PIPELINE`: a running agent sees it at its next run. */
export function resumeCommand(program: Command, cli: Cli): void {
  program
    .command("resume")
    .description(cli.text("resume"))
    .argument("<pipeline>", cli.text("pipeline"))
    .action(
      cli.action((invocation: Invocation, _: unknown, name: string) =>
        changePipeline(invocation, name, "resume", (store) => {
          writePipelineState(store, name, { paused: false });
          return invocation.text("resume.done", { name });
        }),
      ),
    );
}
