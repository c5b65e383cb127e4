import type { Clock, Log } from "@qianzhi/sdk";
import { withoutValues } from "./without-values.ts";

/** Lines of a minute that are logged; a program in trouble writes thousands. */
const LINES_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Of a line without end. */
const HELD_CHARACTERS = 4_000;

/** Takes what a program writes to standard error to the log: line by line, cut short, and not too many. */
export function complaints(log: Log, clock: Clock, command: string): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let held = "";
  let minute = clock.monotonic();
  let lines = 0;
  const say = (line: string): void => {
    if (clock.monotonic() - minute >= MINUTE_MS) {
      if (lines > LINES_A_MINUTE)
        log.warn("program said more", { command, lines: lines - LINES_A_MINUTE });
      minute = clock.monotonic();
      lines = 0;
    }
    lines += 1;
    const text = withoutValues(line);
    if (lines <= LINES_A_MINUTE && text !== "") log.warn("program says", { command, text });
  };
  return (chunk) => {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    held = (held + first).slice(0, HELD_CHARACTERS);
    for (const next of rest) {
      say(held);
      held = next.slice(0, HELD_CHARACTERS);
    }
  };
}
