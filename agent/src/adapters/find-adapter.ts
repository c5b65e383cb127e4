import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ADAPTER_CONTRACT, QianzhiError, type Adapter } from "@qianzhi/sdk";
import { installedEntry, packageEntry } from "./adapter-package.ts";
import { unpackArchive } from "./unpack-archive.ts";

export interface AdapterPlaces {
  /** Directory of the configuration: paths are relative to it, packages are looked for from there first. */
  readonly from: string;
  /** Where archives are unpacked. */
  readonly cache: string;
}

/**
 * Finds the adapter that a configuration calls `kind`: a short name (`mysql` is @qianzhi/adapter-mysql), the name of an
 * installed package, or the path of a file, a folder or a .tgz archive. Throws QZ_ADAPTER_NOT_FOUND,
 * QZ_ADAPTER_INVALID (it cannot be loaded, or is none), QZ_ADAPTER_CONTRACT or QZ_DRIVER_MISSING.
 */
export async function findAdapter(kind: string, places: AdapterPlaces): Promise<Adapter> {
  return adapterIn(await load(await adapterEntry(kind, places), kind), kind);
}

/** The file of the adapter that a configuration calls `kind`; an archive is unpacked. Throws QZ_ADAPTER_NOT_FOUND. */
export async function adapterEntry(kind: string, { from, cache }: AdapterPlaces): Promise<string> {
  const entry = await entryOf(kind, { from, cache }, "adapter");
  if (entry !== undefined) return entry;
  throw new QianzhiError("QZ_ADAPTER_NOT_FOUND", { name: kind, known: shipped });
}

/** Adapters that come with the agent: whoever misspells one must not be told to install a package of that name. */
const shipped = ["sqlite", "mysql", "postgres", "mssql", "oracle", "process"];

/** The file of an adapter or target by its short name, as a package or by its path; undefined when there is none. */
export async function entryOf(
  kind: string,
  { from, cache }: AdapterPlaces,
  role: "adapter" | "target",
): Promise<string | undefined> {
  return isPath(kind)
    ? pathEntry(resolve(from, kind), cache)
    : packageOf(isShort(kind) ? [`@qianzhi/${role}-${kind}`, kind] : [kind], from);
}

/** Loads a package of ours that the agent does not depend on, `@qianzhi/sandbox`, from the same places as adapters. */
export async function loadPackage(
  name: string,
  from: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const entry = await installedEntry(name, [from, ownDirectory]);
  return entry === undefined ? undefined : load(entry, name);
}

const ownDirectory = dirname(fileURLToPath(import.meta.url));

const isPath = (kind: string): boolean =>
  /^(\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\])/.test(kind) || /\.(tgz|tar\.gz|[cm]?js)$/.test(kind);

const isShort = (kind: string): boolean => /^[a-z0-9][a-z0-9-]*$/.test(kind);

async function packageOf(names: readonly string[], from: string): Promise<string | undefined> {
  for (const name of names) {
    const entry = await installedEntry(name, [from, ownDirectory]);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

async function pathEntry(path: string, cache: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return (await packageEntry(path)) ?? join(path, "index.js");
  return /\.(tgz|tar\.gz)$/.test(path) ? packageEntry(await unpackArchive(path, cache)) : path;
}

/** Imports a file of an adapter; one that cannot be loaded is QZ_ADAPTER_INVALID. */
export async function load(
  entry: string,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(entry).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (QianzhiError.is(cause)) throw cause;
    throw new QianzhiError(
      "QZ_ADAPTER_INVALID",
      { name, problem: "it cannot be loaded / 无法加载" },
      { cause },
    );
  }
}

/** The adapter among what a module exports: its default, or the only one that is one. */
function adapterIn(module: Readonly<Record<string, unknown>>, name: string): Adapter {
  const candidates = new Set(
    [module["default"], ...Object.values(module)].filter(looksLikeAdapter),
  );
  const [adapter] = candidates;
  if (adapter === undefined)
    throw new QianzhiError("QZ_ADAPTER_INVALID", {
      name,
      problem: "exports nothing made by defineAdapter / 没有导出 defineAdapter 的结果",
    });
  if (adapter.contract !== ADAPTER_CONTRACT)
    throw new QianzhiError("QZ_ADAPTER_CONTRACT", {
      name,
      found: String(adapter.contract),
      expected: ADAPTER_CONTRACT,
    });
  if (typeof adapter.optionsSchema !== "object" || adapter.optionsSchema === null)
    throw new QianzhiError("QZ_ADAPTER_INVALID", {
      name,
      problem: "has no optionsSchema / 缺少 optionsSchema",
    });
  return adapter;
}

const looksLikeAdapter = (value: unknown): value is Adapter =>
  typeof value === "object" &&
  value !== null &&
  "contract" in value &&
  "kind" in value &&
  "open" in value &&
  typeof value.open === "function";
