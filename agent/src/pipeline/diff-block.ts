import { createCipheriv, createDecipheriv } from "node:crypto";
import { QianzhiError } from "@qianzhi/sdk";
import type { PositionValue, Random } from "@qianzhi/sdk";

/** One row of the diff index. */
export interface DiffEntry {
  /** Key text last sent to the platform; null when the row never could be sent. */
  readonly sentKey: string | null;
  /** Keyed hash of the row's content under the block's fingerprint. */
  readonly row: string;
  /** Keyed hash of the record last sealed; null when none. */
  readonly record: string | null;
  /** The last scan did not find the row: its deletion awaits guard and confirmation. */
  readonly missing: boolean;
}

/**
 * Stands in the place of a source key for a record key that the row had before: to be deleted when the scan has ended,
 * unless a row provides it then, which may stand anywhere in the order. A row may leave several keys behind before that.
 */
export const retiredName = (sourceKey: string, sentKey: string): string =>
  `${RETIRED}${JSON.stringify([sourceKey, sentKey])}`;

/** The source key in such a name; undefined for what is a source key itself. */
export const retiredFrom = (name: string): string | undefined =>
  name.startsWith(RETIRED)
    ? (JSON.parse(name.slice(RETIRED.length)) as [string, string])[0]
    : undefined;

/** No source key begins so: each is a JSON array. */
const RETIRED = "retired ";

/** A run of rows in the source's order: source key text → entry. */
export type DiffEntries = ReadonlyMap<string, DiffEntry>;

export interface DiffBlock {
  /**
   * Source key of the range's upper end, inclusive: a bound that the source evaluates. Empty for a loose block, whose
   * rows a feed told of, in no order: a scan finds them elsewhere.
   */
  readonly last: readonly PositionValue[];
  /** The key columns that `last` and the source keys are of: under others they mean nothing. */
  readonly keyedBy: string;
  readonly entries: DiffEntries;
}

/**
 * Encrypts blocks for the disk, since keys are identity numbers as often as not. Bounds and entries apart: an unchanged
 * block is told by its digest, and its entries stay closed.
 */
export interface BlockCipher {
  sealBounds(bounds: Omit<DiffBlock, "entries">): Uint8Array;
  openBounds(sealed: Uint8Array): Omit<DiffBlock, "entries">;
  sealEntries(entries: DiffEntries): Uint8Array;
  openEntries(sealed: Uint8Array): DiffEntries;
}

type BlockLine = readonly [
  sourceKey: string,
  sentKey: string | null,
  row: string,
  record: string | null,
  missing?: 1,
];

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function blockCipher(key: Uint8Array, random: Random): BlockCipher {
  function seal(content: unknown): Uint8Array {
    const nonce = random.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const body = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  function open(sealed: Uint8Array): unknown {
    try {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text =
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") +
        decipher.final("utf8");
      return JSON.parse(text);
    } catch (cause) {
      throw new QianzhiError("QZ_STORE_CORRUPT", { path: "diff_block" }, { cause });
    }
  }

  return {
    sealBounds: ({ last, keyedBy }) => seal([last, keyedBy]),
    openBounds(sealed) {
      const [last, keyedBy] = open(sealed) as [DiffBlock["last"], string];
      return { last, keyedBy };
    },
    sealEntries: (entries) =>
      seal(
        [...entries].map(([sourceKey, entry]) => [
          sourceKey,
          entry.sentKey,
          entry.row,
          entry.record,
          ...(entry.missing ? [1] : []),
        ]),
      ),
    openEntries: (sealed) =>
      new Map(
        (open(sealed) as BlockLine[]).map(
          ([sourceKey, sentKey, row, record, missing]) =>
            [sourceKey, { sentKey, row, record, missing: missing === 1 }] as const,
        ),
      ),
  };
}
