// Runs seeds one after the other until one fails: `main.js FROM COUNT`. The last line says what ran; exit code 0 only if all held.
import { describeFailure } from "./describe-failure.ts";
import { simulate } from "./simulate.ts";

const [from, count] = process.argv.slice(2).map(Number) as [number, number];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await run();

async function run(): Promise<number> {
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await simulate(seed);
    if (outcome.violations.length === 0) continue;
    say(describeFailure(outcome));
    say(`seed ${seed} fails, after ${seed - from} that held`);
    return 1;
  }
  say(`${count} seeds from ${from} hold`);
  return 0;
}
