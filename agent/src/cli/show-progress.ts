import type { RunCounts } from "../pipeline/pipeline-run.ts";
import type { Invocation } from "./invocation.ts";

const REDRAW_MS = 200;
const BAR_WIDTH = 24;

/** Shows on a terminal how far the pipelines have come; nothing elsewhere. */
export function showProgress({ terminal, json, text, world, notice }: Invocation): {
  watch(name: string, counts: RunCounts): void;
  end(): Promise<void>;
} {
  const watched = new Map<string, RunCounts>();
  const over = new AbortController();
  if (!terminal || json) return { watch: () => undefined, end: async () => undefined };

  async function redraw(): Promise<void> {
    while (!over.signal.aborted) {
      const lines = [...watched].map(([name, counts]) =>
        text("run.progress", { name, bar: bar(counts), read: counts.read.toLocaleString("en-US") }),
      );
      notice(`\r\u001b[2K${lines.join("  ")}`);
      await world.timers.sleep(REDRAW_MS, over.signal);
    }
    notice("\r\u001b[2K");
  }
  const drawing = redraw();
  return {
    watch: (name, counts) => void watched.set(name, counts),
    async end() {
      over.abort();
      await drawing;
    },
  };
}

/** Against the source's own estimate, which may be off: a full bar means no more than that. */
function bar({ read, expected }: RunCounts): string {
  if (expected === undefined || expected === 0) return "";
  const filled = Math.min(BAR_WIDTH, Math.floor((read / expected) * BAR_WIDTH));
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}
