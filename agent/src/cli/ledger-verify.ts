import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { verifyEntries, type LedgerRow } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";

/** `qianzhi ledger verify [FILE]` */
export async function verifyLedger(
  invocation: Invocation,
  _: unknown,
  file?: string,
): Promise<ExitCode> {
  const { say, text, answer } = invocation;
  const found =
    file === undefined
      ? await withSiteToLookAt(invocation, async ({ outbox }) => outbox.ledger.verify())
      : verifyEntries(exportedEntries(invocation, file));
  const { brokenAt: seq } = found;
  const ok = seq === undefined;
  if (found.first === undefined) say(text("ledger.none"));
  else {
    say(ok ? text("ledger.intact", { ...found }) : text("ledger.broken", { seq }));
    const broken = file === undefined ? "ledger.broken.next" : "ledger.broken.file";
    say(text(ok ? "ledger.note" : broken));
  }
  answer({ ok, ...found });
  return ok ? 0 : 1;
}

/** The entries of an exported file, one by one: it may be larger than memory. */
function* exportedEntries(invocation: Invocation, file: string): Generator<LedgerRow> {
  let line = 0;
  for (const text of linesOf(invocation, file)) {
    line += 1;
    const entry = parsed(text);
    if (entry === undefined)
      throw new QianzhiError("QZ_USAGE", {
        problem: invocation.text("ledger.unreadable", { file, line }),
      });
    yield entry;
  }
}

function parsed(line: string): LedgerRow | undefined {
  try {
    const entry = JSON.parse(line) as Partial<LedgerRow> | null;
    return typeof entry?.seq === "number" && typeof entry.detail === "string"
      ? (entry as LedgerRow)
      : undefined;
  } catch {
    return undefined;
  }
}

const CHUNK_BYTES = 64 * 1024;

function* linesOf(invocation: Invocation, file: string): Generator<string> {
  const descriptor = legible(invocation, file, () =>
    openSync(resolve(invocation.directory, file), "r"),
  );
  try {
    const decoder = new StringDecoder("utf8");
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const read = () => legible(invocation, file, () => readSync(descriptor, chunk));
    let rest = "";
    for (let bytes = read(); bytes > 0; bytes = read()) {
      const lines = (rest + decoder.write(chunk.subarray(0, bytes))).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(descriptor);
  }
}

/** What the file answers; throws QZ_USAGE with its name when it cannot be read. */
function legible({ text }: Invocation, file: string, ask: () => number): number {
  try {
    return ask();
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new QianzhiError("QZ_USAGE", { problem: text("ledger.unopened", { file, problem }) });
  }
}
