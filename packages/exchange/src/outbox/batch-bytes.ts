import {
  keyTextOf,
  PROTOCOL,
  QianzhiError,
  type BatchManifest,
  type GenerationStep,
} from "@qianzhi/sdk";
import { spending, takeMemory } from "./spare-memory.ts";

export interface Composed {
  readonly manifest: BatchManifest;
  /** Uncompressed NDJSON, as docs/protocol.md section 2 says. */
  readonly bytes: Uint8Array;
  /** Lends the memory of `bytes` to others, once the batch is stored. */
  spend(): void;
}

const DELETE = '{"op":"delete","key":';
const UPSERT = '{"op":"upsert","record":';

/** Upserts already written as lines: what a fast producer hands over instead of texts. */
export interface UpsertLines {
  /** How many. */
  readonly length: number;
  readonly byteLength: number;
  /** Their bytes, in order; each piece holds whole lines. */
  readonly pieces: readonly Uint8Array[];
  /** Lends the memory to the next writer; the lines may not be used any more. Not calling it is fine. */
  spend?(): void;
}

/** The change lines of a batch from canonical key and record texts, deletes first, each line ended. */
export function changeLines(
  deletes: readonly string[],
  upserts: readonly string[] | UpsertLines,
): readonly Uint8Array[] {
  if (!("pieces" in upserts))
    return [Buffer.from(joined(DELETE, deletes) + joined(UPSERT, upserts))];
  return deletes.length === 0
    ? upserts.pieces
    : [Buffer.from(joined(DELETE, deletes)), ...upserts.pieces];
}

/** Bytes that one UTF-16 unit takes in UTF-8 at most. */
const UTF8_BYTES = 3;
/** Text that is gathered before it becomes bytes: each conversion costs as much as writing a short record. */
const GATHERED_UNITS = 16 * 1024;
const LEAST_CAPACITY = 4 * 1024;
/** Writes upsert lines one by one, so that a record's text need not outlive its line. */
export class UpsertWriter {
  #buffer: Buffer;
  #end = 0;
  #gathered = "";
  #length = 0;

  /** `expectedBytes` spares growing; any number is right. */
  constructor(expectedBytes = 0) {
    this.#buffer = takeMemory(Math.max(LEAST_CAPACITY, Math.ceil(expectedBytes)));
  }

  /** What the lines take at most so far. */
  get byteLength(): number {
    return this.#end + this.#gathered.length * UTF8_BYTES;
  }

  add(recordText: string): void {
    this.#gathered += `${UPSERT}${recordText}}\n`;
    this.#length += 1;
    if (this.#gathered.length >= GATHERED_UNITS) this.#write();
  }

  /** What was written; the writer is spent. */
  finish(): UpsertLines {
    this.#write();
    const buffer = this.#buffer;
    return {
      length: this.#length,
      byteLength: this.#end,
      pieces: [buffer.subarray(0, this.#end)],
      spend: spending(buffer),
    };
  }

  #write(): void {
    const most = this.#end + this.#gathered.length * UTF8_BYTES;
    if (most > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, most));
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    this.#end += this.#buffer.write(this.#gathered, this.#end, "utf8");
    this.#gathered = "";
  }
}

function joined(head: string, texts: readonly string[]): string {
  return texts.length === 0 ? "" : `${head}${texts.join(`}\n${head}`)}}\n`;
}

/** The bytes of a batch: manifest line and change lines. Throws QZ_BATCH_TOO_LARGE beyond `maxBytes`. */
export function composeBatch(
  manifest: BatchManifest,
  lines: readonly Uint8Array[],
  maxBytes: number,
): Composed {
  const head = Buffer.from(manifestLine(manifest), "utf8");
  const length = lines.reduce((sum, piece) => sum + piece.length, head.length);
  if (length > maxBytes)
    throw new QianzhiError("QZ_BATCH_TOO_LARGE", { limit: maxBytes, bytes: length });
  const memory = takeMemory(length);
  let end = 0;
  for (const piece of [head, ...lines]) {
    memory.set(piece, end);
    end += piece.length;
  }
  return { manifest, bytes: memory.subarray(0, length), spend: spending(memory) };
}

/** The members in the order of the protocol, whatever order the object has. */
function manifestLine(m: BatchManifest): string {
  return `${JSON.stringify({
    protocol: PROTOCOL,
    site: m.site,
    pipeline: m.pipeline,
    epoch: m.epoch,
    sequence: m.sequence,
    predecessor: m.predecessor,
    resource: m.resource,
    version: m.version,
    deletes: m.deletes,
    upserts: m.upserts,
    ...(m.generation === undefined ? {} : { generation: orderedStep(m.generation) }),
  })}\n`;
}

function orderedStep(given: GenerationStep): GenerationStep {
  const { id, step } = given;
  if (given.step !== "commit") return { id, step } as GenerationStep;
  const { count, sum, maxRefused } = given;
  return { id, step: given.step, count, sum, maxRefused };
}

/** One change of a batch, taken from its bytes. */
export interface BatchChange {
  /** Line in the batch; the manifest is line 1. */
  readonly line: number;
  readonly op: "delete" | "upsert";
  readonly keyText: string;
  /** Absent for a delete. */
  readonly recordText?: string;
}

/** The changes of a batch in their order. `key` names the key items, in any order; none: the whole record is its key. */
export function* readChanges(bytes: Uint8Array, key: readonly string[]): Generator<BatchChange> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const keyItems = new Set(key);
  let line = 2;
  for (let at = text.indexOf("\n") + 1; at < text.length; line += 1) {
    const end = text.indexOf("\n", at);
    if (text.startsWith(DELETE, at)) {
      yield { line, op: "delete", keyText: text.slice(at + DELETE.length, end - 1) };
    } else {
      const recordText = text.slice(at + UPSERT.length, end - 1);
      const keyText = keyItems.size === 0 ? recordText : keyTextOf(recordText, keyItems);
      yield { line, op: "upsert", keyText, recordText };
    }
    at = end + 1;
  }
}
