import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import { linkOwnPackages } from "../adapters/unpack-archive.ts";
import { adapterFiles } from "./adapter-files.ts";
import type { ExitCode, Invocation } from "./invocation.ts";

/** `qianzhi adapter init DIR` */
export async function initAdapter(
  { text, say, answer, language, directory: from }: Invocation,
  _: unknown,
  name: string,
): Promise<ExitCode> {
  const directory = resolve(from, name);
  const present = await readdir(directory).catch(() => []);
  if (present.length > 0)
    throw new QianzhiError("QZ_USAGE", { problem: text("init.notEmpty", { directory: name }) });
  const files = adapterFiles(language, packageName(basename(directory)));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), content);
  }
  await linkOwnPackages(directory, from);
  say(text("adapter.init.done", { directory: name }));
  for (const file of Object.keys(files)) say(`  ${file}`);
  say(text("adapter.init.next"));
  say(`  npx qianzhi adapter verify ${resolve(directory)}\n  cd ${name} && npm test`);
  answer({ ok: true, directory, files: Object.keys(files) });
  return 0;
}

/** A folder's name as the name of a package. */
const packageName = (folder: string): string =>
  folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "") || "my-adapter";
