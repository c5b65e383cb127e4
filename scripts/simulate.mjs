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
/** Worlds that one process runs before another takes over, so that a failure shows soon. */
const AT_ONCE = 1_000;

process.exitCode = await simulate();

async function simulate() {
  if (!(await setUp({ say }))) return 1;
  let next = from;
  let held = 0;
  let failed = false;
  const work = async () => {
    while (!failed && next < from + seeds) {
      const first = next;
      const count = Math.min(AT_ONCE, from + seeds - first);
      next += count;
      const { code, output } = await runCommand(process.execPath, [
        `${root}/test/dist/simulation/main.js`,
        String(first),
        String(count),
        "shrink",
      ]);
      if (code === 0) held += count;
      else {
        failed = true;
        say(output.trimEnd());
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  say(
    failed
      ? `failed; ${held} of ${seeds} seeds from ${from} ran and held`
      : `${seeds} seeds from ${from} hold`,
  );
  return failed ? 1 : 0;
}
