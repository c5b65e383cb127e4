import { QianzhiError } from "@qianzhi/sdk";

/*
 * What the plugin pgoutput says in version 1 of its protocol, as far as keys need it. Every number is big-endian; values
 * are the texts that the types print.
 */

/** A value as printed, null for NULL; undefined for a large value that did not change and is not told. */
export type FeedValue = string | null | undefined;

/** The table as the changes that follow have it. */
export interface FeedRelation {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly identifies: boolean }[];
}

export type FeedMessage =
  /** With the place in the log where the commit begins. */
  | { readonly is: "begin"; readonly transaction: number; readonly commits: bigint }
  /** Where the feed goes on behind the transaction. */
  | { readonly is: "commit"; readonly end: bigint }
  | { readonly is: "relation"; readonly id: number; readonly relation: FeedRelation }
  | {
      readonly is: "change";
      readonly id: number;
      /** The values that identified the row, where they changed or the row was deleted. */
      readonly before?: readonly FeedValue[];
      /** Absent when the row was deleted. */
      readonly now?: readonly FeedValue[];
    }
  | { readonly is: "truncate"; readonly ids: readonly number[] }
  /** Origins, types and messages of applications. */
  | { readonly is: "other" };

export function readMessage(bytes: Buffer): FeedMessage {
  try {
    return message(bytes);
  } catch (cause) {
    throw new QianzhiError(
      "QZ_ADAPTER_FAULT",
      { name: "postgres", operation: "changes" },
      { cause },
    );
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function message(bytes: Buffer): FeedMessage {
  let at = 1;
  const int8 = () => bytes.readUInt8((at += 1) - 1);
  const int16 = () => bytes.readUInt16BE((at += 2) - 2);
  const int32 = () => bytes.readUInt32BE((at += 4) - 4);
  const sized = (length: number) => {
    // Throws when the message ends before.
    if (length > 0) bytes.readUInt8(at + length - 1);
    return utf8.decode(bytes.subarray(at, (at += length)));
  };
  const name = () => {
    const text = sized(bytes.indexOf(0, at) - at);
    at += 1;
    return text;
  };
  const letter = () => String.fromCharCode(int8());
  const value = (): FeedValue => {
    const form = letter();
    return form === "n" ? null : form === "u" ? undefined : sized(int32());
  };
  const many = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
  const row = () => many(int16(), value);

  switch (String.fromCharCode(bytes.readUInt8(0))) {
    case "B":
      return {
        is: "begin",
        transaction: bytes.readUInt32BE(17),
        commits: bytes.readBigUInt64BE(1),
      };
    case "C":
      return { is: "commit", end: bytes.readBigUInt64BE(10) };
    case "R": {
      const id = int32();
      const [schema, table] = [name(), name()];
      at += 1;
      const columns = many(int16(), () => {
        const identifies = int8() % 2 === 1;
        const column = { name: name(), identifies };
        at += 8;
        return column;
      });
      return { is: "relation", id, relation: { schema, name: table, columns } };
    }
    case "I":
      at = 6;
      return { is: "change", id: bytes.readUInt32BE(1), now: row() };
    case "U": {
      const id = int32();
      const before = letter() === "N" ? undefined : row();
      if (before !== undefined) at += 1;
      return { is: "change", id, ...(before === undefined ? {} : { before }), now: row() };
    }
    case "D":
      at = 6;
      return { is: "change", id: bytes.readUInt32BE(1), before: row() };
    case "T": {
      const count = int32();
      at += 1;
      return { is: "truncate", ids: many(count, int32) };
    }
    default:
      return { is: "other" };
  }
}
