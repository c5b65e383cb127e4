import { QianzhiError, type StreamName } from "@qianzhi/sdk";
import type { Outbox } from "../outbox/outbox.ts";

/** Names stand in paths and header fields: docs/protocol.md section 2. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Throws QZ_NAME_INVALID for a name that no platform would take. */
export function checkName(kind: "site" | "pipeline", name: string): void {
  // A program in plain JavaScript may leave it out: the expression would find the word undefined.
  if (typeof name !== "string" || !NAME.test(name))
    throw new QianzhiError("QZ_NAME_INVALID", { kind, name, problem: "it has other characters" });
}

/**
 * Throws QZ_NAME_INVALID when the pipeline carries another resource already: its batches are told apart by (site, pipeline,
 * epoch, sequence), and its keys by themselves.
 */
export function checkPipeline({ streamTable }: Outbox, stream: StreamName): void {
  const { pipeline: name } = stream;
  checkName("pipeline", name);
  const other = streamTable
    .all()
    .find(
      (row) =>
        row.site === stream.site && row.pipeline === name && row.resource !== stream.resource,
    );
  if (other === undefined) return;
  const problem = `it carries ${other.resource} already`;
  throw new QianzhiError("QZ_NAME_INVALID", { kind: "pipeline", name, problem });
}
