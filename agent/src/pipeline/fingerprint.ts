import type { Column } from "@qianzhi/sdk";
import type { ItemMapping, PipelineConfig } from "../config/site-config.ts";
import { keyIsMappedAlone } from "./key-mapping.ts";
import type { KeyedHash } from "./row-hash.ts";

/** Raise it when the canonical encoding or the mapping's meaning changes. */
const ENCODER = 2;

/**
 * What determines a pipeline's output besides the rows: when it changes, every row is mapped again. The types of the
 * columns belong to it, since the same bytes read as another type are another value.
 */
export function fingerprint(
  pipeline: PipelineConfig,
  columns: readonly Column[],
  keyed: KeyedHash,
): string {
  const { resource, source, relation, mode, cursor, key, where, deletedWhen, map } = pipeline;
  const { charset, readAs } = pipeline;
  const used = new Set([
    cursor,
    ...key,
    ...map.map(({ from }) => ("column" in from ? from.column : undefined)),
  ]);
  return keyed(
    JSON.stringify({
      encoder: ENCODER,
      resource: {
        identifier: resource.identifier,
        version: resource.version,
        key: resource.key,
        items: resource.items,
      },
      source: {
        kind: source.kind,
        offset: source.offset,
        charset: source.charset,
        readAs: source.readAs,
      },
      charset,
      readAs,
      relation,
      mode,
      cursor,
      key,
      // Every row has to have been looked at for its claim.
      ...(keyIsMappedAlone(pipeline) ? {} : { claims: 1 }),
      where,
      deletedWhen,
      columns: columns
        .filter(({ name }) => used.has(name))
        .map(({ name, type, native, labels }) => ({ name, type, native, labels })),
      map: map.map(plainMapping),
    }),
  );
}

/** A mapping as JSON has it: a dictionary with its entries. */
export const plainMapping = (mapping: ItemMapping) => ({
  ...mapping,
  dictionary: mapping.dictionary && {
    ...mapping.dictionary,
    entries: [...mapping.dictionary.entries],
  },
});
