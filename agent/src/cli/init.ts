import { generateKeyPairSync } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openDatabase } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { editorSchema } from "../config/editor-schema.ts";
import type { Cli } from "./cli.ts";
import { sampleConfiguration, sampleDescriptor, sampleTable } from "./init-files.ts";
import type { ExitCode, Invocation } from "./invocation.ts";

/** `qianzhi init DIR` */
export function initCommand(program: Command, cli: Cli): void {
  program
    .command("init")
    .description(cli.text("init"))
    .argument("<directory>", cli.text("init.directory"))
    .action(cli.action(init));
}

async function init(invocation: Invocation, _: unknown, name: string): Promise<ExitCode> {
  const { text, say, language } = invocation;
  const directory = resolve(invocation.directory, name);
  const present = await readdir(directory).catch(() => []);
  if (present.length > 0)
    throw new QianzhiError("QZ_USAGE", { problem: text("init.notEmpty", { directory: name }) });
  await mkdir(join(directory, "resources"), { recursive: true });
  await mkdir(join(directory, "secrets"), { mode: 0o700 });
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(
    join(directory, "secrets/site-key.pem"),
    privateKey.export({ type: "pkcs8", format: "pem" }),
    { mode: 0o600 },
  );
  await writeFile(join(directory, "qianzhi.yaml"), sampleConfiguration(language));
  await writeFile(
    join(directory, "qianzhi.schema.json"),
    `${JSON.stringify(editorSchema(language), undefined, 2)}\n`,
  );
  await writeFile(join(directory, "resources/natural_person.yaml"), sampleDescriptor(language));
  const database = await openDatabase(join(directory, "sample.db"));
  database.exec(sampleTable);
  database.close();
  say(text("init.done", { directory: name }));
  for (const file of [
    "qianzhi.yaml",
    "qianzhi.schema.json",
    "resources/natural_person.yaml",
    "secrets/site-key.pem",
    "sample.db",
  ])
    say(`  ${file}`);
  say(text("init.next"));
  say(`  cd ${name}\n  npx qianzhi sandbox\n  npx qianzhi check && npx qianzhi run --once`);
  say(text("init.edit"));
  invocation.answer({ ok: true, directory });
  return 0;
}
