import { QianzhiError, TARGET_CONTRACT, type TargetDefinition } from "@qianzhi/sdk";
import { entryOf, load, type AdapterPlaces } from "./find-adapter.ts";

/**
 * Finds the target that a configuration calls `kind`: a short name (`exchange-tables` is @qianzhi/target-exchange-tables),
 * the name of an installed package, or a path. Throws QZ_TARGET_NOT_FOUND, QZ_TARGET_INVALID or QZ_DRIVER_MISSING.
 */
export async function findTarget(kind: string, places: AdapterPlaces): Promise<TargetDefinition> {
  const entry = await entryOf(kind, places, "target");
  if (entry === undefined) throw new QianzhiError("QZ_TARGET_NOT_FOUND", { name: kind });
  const module = await load(entry, kind);
  const [target] = [module["default"], ...Object.values(module)].filter(looksLikeTarget);
  if (target?.contract === TARGET_CONTRACT) return target;
  throw new QianzhiError("QZ_TARGET_INVALID", {
    name: kind,
    problem:
      target === undefined
        ? { en: "it exports nothing made by defineTarget", zh: "没有导出 defineTarget 的结果" }
        : { en: "it is of another version of the contract", zh: "契约版本不同" },
  });
}

const looksLikeTarget = (value: unknown): value is TargetDefinition =>
  typeof value === "object" &&
  value !== null &&
  "contract" in value &&
  "configure" in value &&
  typeof value.configure === "function";
