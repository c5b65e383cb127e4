import { nearest, QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { configuredPlatform } from "./open-configured-site.ts";

/** `qianzhi publish [RESOURCE…]` */
export function publishCommand(program: Command, cli: Cli): void {
  program
    .command("publish")
    .description(cli.text("publish"))
    .argument("[resources...]", cli.text("publish.resources"))
    .action(cli.action(publish));
}

async function publish(
  invocation: Invocation,
  _: unknown,
  names: readonly string[],
): Promise<ExitCode> {
  const { text, say, signal } = invocation;
  const config = await invocation.loadConfig();
  const wanted = names.length === 0 ? [...config.resources.keys()] : names;
  for (const resource of wanted) {
    if (config.resources.has(resource)) continue;
    const unknown = text("publish.unknown", { resource });
    const meant = nearest(resource, [...config.resources.keys()]);
    throw new QianzhiError("QZ_USAGE", {
      problem: meant === undefined ? unknown : text("usage.meant", { problem: unknown, meant }),
    });
  }
  const target = configuredPlatform(config, invocation, "publish");
  const results: { resource: string; version: string; result: "created" | "unchanged" }[] = [];
  try {
    for (const name of wanted) {
      const descriptor = config.resources.get(name);
      if (descriptor === undefined || target.publish === undefined) continue;
      const result = await target.publish(descriptor, signal);
      results.push({ resource: name, version: descriptor.version, result });
      say(text(`publish.${result}`, { resource: name, version: descriptor.version }));
    }
  } finally {
    await target.close();
  }
  invocation.answer({ ok: true, resources: results });
  return 0;
}
