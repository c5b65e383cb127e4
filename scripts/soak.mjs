// `npm run soak -- [--minutes N] [--seed TEXT]`: the agent under load while processes are killed and networks fail, as long
// as you like; see test/faults/soak.ts. Exit code 0 only if source and copy were equal at every comparison and nothing grew.
import "./process/node-version.mjs";
import { parseArgs } from "node:util";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: new Date().toISOString() },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);

process.exitCode = await soak();

async function soak() {
  if (!(Number(values.minutes) > 0)) return (say("--minutes is a number above 0"), 2);
  if (!(await setUp({ say }))) return 1;
  const { code } = await runCommand(
    process.execPath,
    [`${root}/test/dist/faults/soak.js`, values.minutes, values.seed],
    { inherit: true, env: { ...process.env, NODE_NO_WARNINGS: "1" } },
  );
  return code;
}
