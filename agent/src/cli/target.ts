import { nearest, QianzhiError } from "@qianzhi/sdk";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import type { Command } from "commander";
import type { SiteConfig } from "../config/site-config.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";

interface DdlOptions {
  readonly profile?: string;
  readonly dialect?: string;
}

/** `qianzhi target ddl [NAME…]`: what the DBA runs, printed and never run by us. */
export function targetCommand(program: Command, cli: Cli): void {
  const group = program.command("target").description(cli.text("target"));
  group
    .command("ddl")
    .description(cli.text("target.ddl"))
    .argument("[names...]", cli.text("target.ddl.names"))
    .option("--profile <profile>", cli.text("target.ddl.profile"))
    .option("--dialect <dialect>", cli.text("target.ddl.dialect"))
    .action(cli.action(printDdl));
}

async function printDdl(
  invocation: Invocation,
  { profile, dialect }: DdlOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const config = await invocation.loadConfig();
  const target = profile === undefined ? config.target : await config.target?.with({ profile });
  if (target?.ddl === undefined)
    throw new QianzhiError("QZ_USAGE", { problem: invocation.text("target.none") });
  const ddl = target.ddl(resourcesOf(config, names, invocation), dialect);
  invocation.say(ddl.trimEnd());
  invocation.answer({ ok: true, ddl });
  return 0;
}

/** Of pipelines the resources that they feed. */
function resourcesOf(
  { pipelines, resources }: SiteConfig,
  names: readonly string[],
  { text }: Invocation,
): readonly ResourceDescriptor[] {
  const wanted = names.length === 0 ? pipelines.map(({ name }) => name) : names;
  const found = wanted.map((name) => {
    const resource = pipelines.find((each) => each.name === name)?.resource ?? resources.get(name);
    if (resource !== undefined) return resource;
    const unknown = text("target.ddl.unknown", { name });
    const meant = nearest(name, [...pipelines.map((each) => each.name), ...resources.keys()]);
    throw new QianzhiError("QZ_USAGE", {
      problem: meant === undefined ? unknown : text("usage.meant", { problem: unknown, meant }),
    });
  });
  return [...new Set(found)];
}
