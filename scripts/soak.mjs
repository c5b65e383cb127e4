// The agent under load while processes are killed and networks fail; see test/faults/soak.ts.
import "./process/node-version.mjs";
import { readOptions, wrongUse } from "./process/read-options.mjs";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

const usage = `Usage: npm run soak -- [options]

Runs the agent under load while processes are killed and networks fail. Exit
code 0 only if source and copy were equal at every comparison and nothing grew.

  --minutes N   how long (default 60)
  --seed TEXT   the same faults in the same order (default: the time)`;
const { values } = readOptions(usage, {
  minutes: { type: "string", default: "60" },
  seed: { type: "string", default: new Date().toISOString() },
});
if (!(Number(values.minutes) > 0)) wrongUse("--minutes takes a number above 0", usage);
const say = (line) => process.stdout.write(`${line}\n`);

process.exitCode = await soak();

async function soak() {
  if (!(await setUp({ say }))) return 1;
  const { code } = await runCommand(
    process.execPath,
    [`${root}/test/dist/faults/soak.js`, values.minutes, values.seed],
    { inherit: true, env: { ...process.env, NODE_NO_WARNINGS: "1" } },
  );
  return code;
}
