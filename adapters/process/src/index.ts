import { ADAPTER_CONTRACT, defineAdapter, QianzhiError } from "@qianzhi/sdk";
import { helloOf, ShapeError, type Hello } from "./answers.ts";
import { complaints } from "./complaints.ts";
import { converse } from "./conversation.ts";
import { defaults, optionsSchema, type ProcessOptions } from "./options.ts";
import { fault, ProgramError } from "./program-error.ts";
import { startProgram } from "./program.ts";
import { after } from "./real-world.ts";
import { spokenSource } from "./source.ts";

export type { ProcessOptions } from "./options.ts";

/** The version of the conversation that docs/process-adapter.md describes. */
const PROTOCOL = 1;

/**
 * Any program that speaks JSON lines on standard input and output, as docs/process-adapter.md describes. It is started
 * when the source is opened, and ended with everything that it started when the source is closed or lost.
 */
export const program = defineAdapter<ProcessOptions>({
  kind: "process",
  optionsSchema,
  async open(given, host) {
    const options = { ...defaults, ...given };
    const { command, startTimeoutMs, requestTimeoutMs } = options;
    const source = host.source ?? command;
    if (host.signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: "open" });
    const complaint = complaints(host.log, host.clock, command);
    const conversation = await converse({
      source,
      command,
      after,
      start: (events) => startProgram(source, options, { ...events, complaint }, after),
    });
    try {
      const params = {
        protocol: PROTOCOL,
        contract: ADAPTER_CONTRACT,
        source,
        offset: host.offset,
        options: options.options ?? {},
      };
      const limits = { signal: host.signal, limitMs: startTimeoutMs };
      const hello = readHello(await conversation.ask("open", params, limits), { source, command });
      refuseOthers(hello, command);
      conversation.allow(hello.concurrent);
      return spokenSource({ source, command, conversation, hello, host, requestTimeoutMs });
    } catch (error) {
      await conversation.close();
      throw error;
    }
  },
});

function readHello(answer: unknown, place: { source: string; command: string }): Hello {
  try {
    return helloOf(answer);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw fault({ ...place, operation: "open" }, new ProgramError(error.message));
  }
}

function refuseOthers({ protocol, contract, methods }: Hello, name: string): void {
  if (protocol !== PROTOCOL || contract !== ADAPTER_CONTRACT)
    throw new QianzhiError("QZ_ADAPTER_CONTRACT", {
      name,
      found: `${String(protocol)}/${String(contract)}`,
      expected: `${PROTOCOL}/${ADAPTER_CONTRACT}`,
    });
  if (!["scan", "list", "changes"].some((method) => methods.has(method)))
    throw new QianzhiError("QZ_ADAPTER_INVALID", { name, problem: "scan, list, changes: none" });
}

export default program;
