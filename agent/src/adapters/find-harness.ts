import { readFile, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { QianzhiError } from "@qianzhi/sdk";
import { adapterEntry, load, type AdapterPlaces } from "./find-adapter.ts";

/** What the module exports as `harness`; `ProvideHarness` of @qianzhi/adapter-testkit, which the agent does not depend on. */
export type HarnessProvider = (
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<AsyncDisposable>;

/**
 * The harness that comes with an adapter: the module that its package.json names as `"qianzhi": {"harness": "./…"}`, or
 * `my-adapter.harness.js` beside a single file `my-adapter.js`. Undefined when there is none, also when it was left
 * out of the published package; QZ_ADAPTER_INVALID when it does not export `harness`.
 */
export async function findHarness(
  kind: string,
  places: AdapterPlaces,
): Promise<HarnessProvider | undefined> {
  const entry = await adapterEntry(kind, places);
  const beside = `${entry.slice(0, -extname(entry).length)}.harness${extname(entry)}`;
  const file = (await isFile(beside)) ? beside : await harnessOfPackage(dirname(entry));
  if (file === undefined) return undefined;
  const { harness } = await load(file, kind);
  if (typeof harness === "function") return harness as HarnessProvider;
  throw new QianzhiError("QZ_ADAPTER_INVALID", {
    name: kind,
    problem: "its harness module exports no function harness / 其 harness 模块未导出函数 harness",
  });
}

/** From the package.json that is nearest above a folder. */
async function harnessOfPackage(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  if (text === undefined) {
    const above = dirname(folder);
    return above === folder ? undefined : harnessOfPackage(above);
  }
  const { qianzhi } = JSON.parse(text) as { readonly qianzhi?: { readonly harness?: unknown } };
  if (typeof qianzhi?.harness !== "string") return undefined;
  const file = join(folder, qianzhi.harness);
  return (await isFile(file)) ? file : undefined;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
