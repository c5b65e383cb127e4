import { createHash } from "node:crypto";
import { PROTOCOL, QianzhiError } from "@qianzhi/sdk";
import type { BatchManifest, GenerationStep } from "@qianzhi/sdk";

/** A batch taken apart, its change lines not yet looked at. */
export interface ReadBatch {
  readonly manifest: BatchManifest;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  /** The lines after the manifest. */
  readonly lines: readonly string[];
}

/** A change as the line says it: the canonical text of the key or of the record. */
export interface Change {
  readonly op: "delete" | "upsert";
  readonly text: string;
  /** Line in the batch; the manifest is line 1. */
  readonly line: number;
}

/** A batch that can never be taken, whatever the platform's state. */
export function refused(problem: string): QianzhiError {
  return new QianzhiError("QZ_BATCH_REFUSED", { problem });
}

/** Splits a batch into manifest and lines. QZ_BATCH_REFUSED when the bytes are not a batch of this protocol. */
export function readBatch(bytes: Uint8Array): ReadBatch {
  const text = decode(bytes);
  if (!text.endsWith("\n")) throw refused("the last line is not ended by a line feed");
  const lines = text.slice(0, -1).split("\n");
  const manifest = readManifest(lines[0]!);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { manifest, digest, lines: lines.slice(1) };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused("the bytes are not UTF-8");
  }
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isHash = (value: unknown): boolean =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => isCount(value) && value !== 0;

const isStep = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  const { id, step, count, sum, maxRefused, ...others } = value as Record<string, unknown>;
  const isCommit = step === "commit" && isCount(count) && isHash(sum) && isCount(maxRefused);
  const isPlain = step === "begin" || step === "part";
  const unsaid = [count, sum, maxRefused].every((each) => each === undefined);
  return (
    typeof id === "string" &&
    /^[0-9a-f]{32}$/.test(id) &&
    (isCommit || (isPlain && unsaid)) &&
    Object.keys(others).length === 0
  );
};

// In the order in which the members stand in the line.
const manifestMembers: Readonly<Record<keyof BatchManifest, (value: unknown) => boolean>> = {
  protocol: (value) => value === PROTOCOL,
  site: isText,
  pipeline: isText,
  epoch: isNumber,
  sequence: isNumber,
  predecessor: isHash,
  resource: isText,
  version: isText,
  deletes: isCount,
  upserts: isCount,
  generation: (value) => value === undefined || isStep(value),
};

function readManifest(line: string): BatchManifest {
  const value = parseObject(line);
  if (value === undefined) throw refused("line 1 is not a manifest");
  for (const [name, fits] of Object.entries(manifestMembers)) {
    if (!fits(value[name])) throw refused(`the manifest's ${name} is missing or wrong`);
  }
  const manifest = value as unknown as BatchManifest;
  const ordered = {
    ...Object.fromEntries(Object.keys(manifestMembers).map((name) => [name, value[name]])),
    ...(manifest.generation === undefined ? {} : { generation: orderedStep(manifest.generation) }),
  };
  if (JSON.stringify(ordered) !== line)
    throw refused("the manifest is not written as the protocol says");
  return manifest;
}

const orderedStep = (given: GenerationStep): object =>
  given.step === "commit"
    ? {
        id: given.id,
        step: given.step,
        count: given.count,
        sum: given.sum,
        maxRefused: given.maxRefused,
      }
    : { id: given.id, step: given.step };

/** Parses a JSON object, or undefined when the text is anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const DELETE = '{"op":"delete","key":';
const UPSERT = '{"op":"upsert","record":';

/** The changes of a batch. QZ_BATCH_REFUSED when they are not deletes first, or not as many as the manifest counts. */
export function readChanges({ manifest, lines }: ReadBatch): Change[] {
  const { deletes, upserts } = manifest;
  if (lines.length !== deletes + upserts) {
    throw refused(`the manifest counts ${deletes + upserts} changes; there are ${lines.length}`);
  }
  return lines.map((line, index) => {
    const op = index < deletes ? "delete" : "upsert";
    const prefix = op === "delete" ? DELETE : UPSERT;
    if (!line.startsWith(prefix) || !line.endsWith("}")) {
      throw refused(`line ${index + 2} is not a change of kind ${op}`);
    }
    return { op, text: line.slice(prefix.length, -1), line: index + 2 };
  });
}
