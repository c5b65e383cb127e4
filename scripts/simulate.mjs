// `npm run simulate -- [--seeds N] [--from S]`: simulated worlds on all cores; see ARCHITECTURE.md. Exit code 0 only if all
// hold; the last line says what ran.
import "./process/node-version.mjs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
  },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
const say = (line) => process.stdout.write(`${line}\n`);
/** Worlds that one process runs before another takes over, so that a failure shows soon. */
const AT_ONCE = 1_000;

process.exitCode = await simulate();

async function simulate() {
  if (![seeds, from].every((value) => Number.isSafeInteger(value) && value > 0)) {
    say("--seeds and --from are whole numbers from 1 on");
    return 2;
  }
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
