import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { QianzhiError } from "@qianzhi/sdk";
import { installedEntry } from "./adapter-package.ts";

/** An adapter is code: an archive beyond this is something else. */
const maxArchiveBytes = 256 * 2 ** 20;

/**
 * Unpacks a package archive (`npm pack`) below `cache`, once for each content, and gives its folder. Entries that would
 * leave the folder, and links, are refused with QZ_ADAPTER_INVALID.
 */
export async function unpackArchive(archive: string, cache: string): Promise<string> {
  const bytes = await readFile(archive);
  if (bytes.length > maxArchiveBytes) throw invalid(archive, "larger than 256 MiB");
  const folder = join(cache, createHash("sha256").update(bytes).digest("hex").slice(0, 32));
  if (await exists(folder)) return folder;
  await mkdir(cache, { recursive: true, mode: 0o700 });
  await linkOwnPackages(cache);
  // Another process may unpack the same archive: whoever renames first has done it for both.
  const work = await mkdtemp(join(cache, "unpacking-"));
  try {
    await extractInto(archive, work);
    await rename(work, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

async function extractInto(archive: string, folder: string): Promise<void> {
  const refused: string[] = [];
  // Loaded here: hardly any start of the agent unpacks something.
  const { extract } = await import("tar");
  // Strict: tar throws at a path that leads out of the folder instead of bending it.
  await extract({
    file: archive,
    cwd: folder,
    strip: 1,
    strict: true,
    filter: (path, entry) => {
      const type = "type" in entry ? entry.type : "File";
      const sound = type === "File" || type === "OldFile" || type === "Directory";
      if (!sound) refused.push(path);
      return sound;
    },
  }).catch((cause: unknown) => {
    throw invalid(archive, "not a package archive", cause);
  });
  if (refused.length > 0) throw invalid(archive, `holds ${refused[0]}, which is a link`);
}

/**
 * Links copies of what adapters stand on, found from `from` or else the agent's own, into `folder`: an archive for an
 * offline site need not carry them, and a new adapter works before anything is installed.
 */
export async function linkOwnPackages(folder: string, from?: string): Promise<void> {
  const places = [from ?? ownDirectory, ownDirectory];
  const scope = join(folder, "node_modules", "@qianzhi");
  await mkdir(scope, { recursive: true });
  for (const name of ["sdk", "sql", "adapter-testkit"]) {
    const entry = await installedEntry(`@qianzhi/${name}`, places);
    if (entry === undefined) continue;
    await rm(join(scope, name), { recursive: true, force: true });
    // Another process that links at the same time links the same.
    await symlink(packageFolder(entry), join(scope, name), "junction").catch(() => undefined);
  }
}

const ownDirectory = dirname(fileURLToPath(import.meta.url));

/** Our packages build to dist/src/index.js. */
const packageFolder = (entry: string): string => dirname(dirname(dirname(entry)));

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const invalid = (archive: string, problem: string, cause?: unknown): QianzhiError =>
  new QianzhiError("QZ_ADAPTER_INVALID", { name: archive, problem }, { cause });
