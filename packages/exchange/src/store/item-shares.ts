import { QianzhiError, sharedItems, type ResourceDescriptor } from "@qianzhi/sdk";
import type { Settings } from "./settings.ts";
import { storedJson } from "./stored-json.ts";

/**
 * Which items batches of a version may hold, and which the descriptor in force withholds: a batch that waits must not
 * leave with an item that has become share `none` meanwhile.
 */
export interface ItemShares {
  /**
   * Notes the descriptor in force, before anything of it is sealed. QZ_CATALOG_CONFLICT when the same version shared
   * more before: what waits of it could not be told from what is sealed now.
   *
   * @returns Items that are withheld from now on and that the descriptor before did not withhold.
   */
  declare(resource: ResourceDescriptor): readonly string[];
  /**
   * Why a batch of this version may not leave; undefined when it may.
   *
   * @param narrowed Items that may not leave by another descriptor that is in force, too.
   */
  withheld(
    resource: string,
    version: string,
    narrowed?: readonly string[],
  ): QianzhiError | undefined;
}

export function openItemShares(settings: Settings): ItemShares {
  const list = (name: string): readonly string[] =>
    storedJson(settings.get(name) ?? "[]") as readonly string[];
  const sharedBy = (resource: string, version: string): string => `shared/${resource}/${version}`;
  const withheldNow = (resource: string): string => `withheld/${resource}`;
  return {
    declare(resource) {
      const { identifier, version, items } = resource;
      const shared = sharedItems(resource).map((item) => item.identifier);
      const withheld = items
        .map((item) => item.identifier)
        .filter((name) => !shared.includes(name));
      const before = sharedBy(identifier, version);
      if (list(before).some((name) => withheld.includes(name)))
        throw new QianzhiError("QZ_CATALOG_CONFLICT", { resource: identifier, version });
      const withheldBefore = settings.get(withheldNow(identifier));
      settings.set(before, JSON.stringify(shared));
      settings.set(withheldNow(identifier), JSON.stringify(withheld));
      if (withheldBefore === undefined) return [];
      const known = storedJson(withheldBefore) as readonly string[];
      return withheld.filter((name) => !known.includes(name));
    },
    withheld(resource, version, narrowed = []) {
      const withheld = new Set([...list(withheldNow(resource)), ...narrowed]);
      const item = list(sharedBy(resource, version)).find((name) => withheld.has(name));
      if (item === undefined) return undefined;
      return new QianzhiError("QZ_POLICY_WITHHELD", { resource, problem: `${item}: share none` });
    },
  };
}
