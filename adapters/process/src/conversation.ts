import { QianzhiError } from "@qianzhi/sdk";
import { isGroup } from "./answers.ts";
import { parseExactly } from "./parse-exactly.ts";
import { fault, programError, ProgramError } from "./program-error.ts";
import type { Program, ProgramEvents } from "./program.ts";
import type { After } from "./real-world.ts";

/*
 * Requests and answers over the lines of a program. A request is waiting (the program takes `concurrent` at a time),
 * asked, or abandoned: cancelled or too late, its caller told already, its place taken until the program answers. A
 * program that answers an abandoned request not within the grace is ended. So is one that says anything that is no
 * answer to an open request: from then on nobody knows what its lines mean.
 */
export interface Conversation {
  ask(method: string, params: object, options: AskOptions): Promise<unknown>;
  /** How many requests the program takes at a time. */
  allow(concurrent: number): void;
  /** Says goodbye; ends the program when it does not leave by itself. Never throws, may be called twice. */
  close(): Promise<void>;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly limitMs: number;
}

export interface ConversationOptions {
  readonly source: string;
  readonly command: string;
  readonly after: After;
  readonly start: (events: Omit<ProgramEvents, "complaint">) => Promise<Program>;
}

/** A program that stops what it does looks for a cancellation at least once a second. */
const CANCEL_GRACE_MS = 3_000;
const CLOSE_GRACE_MS = 2_000;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: object;
  readonly limitMs: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: QianzhiError) => void;
  state: "waiting" | "asked" | "abandoned";
  stopTimer: () => void;
}

export async function converse({
  source,
  command,
  after,
  start,
}: ConversationOptions): Promise<Conversation> {
  const requests = new Map<number, Request>();
  let concurrent = 1;
  let nextId = 1;
  /** Why nothing can be asked any more. */
  let over: string | undefined;
  let closing: Promise<void> | undefined;
  const program = await start({ line, fault: breakOff });
  void program.ended.then(end);

  function line(text: string): void {
    if (over !== undefined) return;
    const parsed = parseExactly(text);
    if ("problem" in parsed) return breakOff(parsed.problem);
    const answer = parsed.value;
    const request = isGroup(answer) ? requests.get(answer["id"] as number) : undefined;
    if (!isGroup(answer) || request === undefined || request.state === "waiting")
      return breakOff("a line is no answer to an open request");
    settle(request);
    const place = { source, command, operation: request.method };
    if ("error" in answer) request.reject(programError(answer["error"], place));
    else request.resolve(answer["result"]);
    askNext();
  }

  function settle(request: Request): void {
    request.stopTimer();
    requests.delete(request.id);
  }

  /** All callers are told, and the program is ended: what it says cannot be understood any more. */
  function breakOff(problem: string): void {
    if (over !== undefined) return;
    over = problem;
    for (const request of requests.values()) {
      settle(request);
      const place = { source, command, operation: request.method };
      request.reject(fault(place, new ProgramError(problem)));
    }
    program.kill();
  }

  function end(how: string): void {
    over ??= how;
    for (const request of requests.values()) {
      settle(request);
      request.reject(lost(how, request.method));
    }
  }

  /** A program that does not even start is to be mended; one that ends later is started again. */
  const lost = (how: string, method?: string): QianzhiError =>
    method === "open"
      ? fault({ source, command, operation: method }, new ProgramError(how))
      : new QianzhiError("QZ_SOURCE_LOST", { source }, { cause: new ProgramError(how) });

  function askNext(): void {
    let asked = 0;
    for (const request of requests.values()) {
      if (request.state !== "waiting") asked += 1;
      else if (asked < concurrent) {
        asked += 1;
        request.state = "asked";
        request.stopTimer = after(request.limitMs, () => giveUp(request, tooLate(request)));
        const { id, method, params } = request;
        program.write(JSON.stringify({ id, method, params }));
      }
    }
  }

  const tooLate = ({ method, limitMs }: Request): QianzhiError =>
    new QianzhiError("QZ_SOURCE_TIMEOUT", { source, operation: method, limitMs });

  function giveUp(request: Request, error: QianzhiError): void {
    if (request.state === "abandoned" || !requests.has(request.id)) return;
    request.reject(error);
    if (request.state === "waiting") return settle(request);
    request.state = "abandoned";
    request.stopTimer();
    request.stopTimer = after(CANCEL_GRACE_MS, () => program.kill());
    program.write(JSON.stringify({ cancel: request.id }));
  }

  async function leave(): Promise<void> {
    if (over === undefined)
      program.write(JSON.stringify({ id: nextId++, method: "close", params: {} }));
    over ??= "it is closed";
    program.endInput();
    const stopTimer = after(CLOSE_GRACE_MS, () => program.kill());
    await program.ended;
    stopTimer();
  }

  return {
    ask: (method, params, { signal, limitMs }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new QianzhiError("QZ_CANCELLED", { operation: method }));
        if (over !== undefined) return reject(lost(over));
        const cancel = (): void =>
          giveUp(request, new QianzhiError("QZ_CANCELLED", { operation: method }));
        const forget = (): void => signal.removeEventListener("abort", cancel);
        const request: Request = {
          id: nextId++,
          method,
          params,
          limitMs,
          resolve: (result) => (forget(), resolve(result)),
          reject: (error) => (forget(), reject(error)),
          state: "waiting",
          stopTimer: () => undefined,
        };
        requests.set(request.id, request);
        signal.addEventListener("abort", cancel, { once: true });
        askNext();
      }),
    allow(count) {
      concurrent = count;
      askNext();
    },
    close: () => (closing ??= leave()),
  };
}
