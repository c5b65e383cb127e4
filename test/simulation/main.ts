// Runs seeds one after the other until one fails: `main.js FROM COUNT [shrink]`; with `shrink`, that one is shown as small as
// it goes on failing. The last line says what ran; exit code 0 only if all held.
import { describeFailure, describeShrunk } from "./describe-failure.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";
import { worldShape } from "./world-shape.ts";

const [from, count] = process.argv.slice(2, 4).map(Number) as [number, number];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await run();

async function run(): Promise<number> {
  for (let seed = from; seed < from + count; seed += 1) {
    const shape = worldShape(seed);
    const outcome = await simulate(shape);
    if (outcome.violations.length === 0) continue;
    const isShrunk = process.argv.includes("shrink");
    say(
      isShrunk ? describeShrunk(outcome, await shrink(shape, outcome)) : describeFailure(outcome),
    );
    say(`seed ${seed} fails, after ${seed - from} that held`);
    return 1;
  }
  say(`${count} seeds from ${from} hold`);
  return 0;
}
