// Simulated worlds on all cores; see ARCHITECTURE.md.
import "./process/node-version.mjs";
import { availableParallelism } from "node:os";
import { demandWholeNumbers, readOptions } from "./process/read-options.mjs";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

const usage = `Usage: npm run simulate -- [options]

Runs simulated worlds on all cores. Exit code 0 only if all hold; the last line
says what ran.

  --seeds N   how many (default 300)
  --from S    the first seed (default 1)`;
const { values } = readOptions(usage, {
  seeds: { type: "string", default: "300" },
  from: { type: "string", default: "1" },
});
demandWholeNumbers(values, ["seeds", "from"], usage);
const [seeds, from] = [Number(values.seeds), Number(values.from)];
const say = (line) => process.stdout.write(`${line}\n`);
const processes = availableParallelism();
/** Worlds that one process runs: the longer it runs, the more of what it runs is compiled. */
const atOnce = Math.min(20_000, Math.ceil(seeds / processes));

process.exitCode = await simulate();

async function simulate() {
  if (!(await setUp({ say }))) return 1;
  const begun = performance.now();
  const over = new AbortController();
  let next = from;
  let held = 0;
  const work = async () => {
    while (!over.signal.aborted && next < from + seeds) {
      const first = next;
      const count = Math.min(atOnce, from + seeds - first);
      next += count;
      const { code, output } = await runCommand(
        process.execPath,
        [`${root}/test/dist/simulation/main.js`, String(first), String(count), "shrink"],
        { signal: over.signal },
      );
      if (code === 0) held += count;
      else if (!over.signal.aborted) {
        say(output.trimEnd());
        over.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  const perSecond = Math.round((held / (performance.now() - begun)) * 1000);
  say(
    over.signal.aborted
      ? `failed; ${held} of ${seeds} seeds from ${from} ran and held, others did not come to an end`
      : `${seeds} seeds from ${from} hold: ${perSecond} a second in ${processes} processes`,
  );
  return over.signal.aborted ? 1 : 0;
}
