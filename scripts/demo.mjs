// `npm run demo [-- --keep] [-- --lang=zh]`: sets everything up and runs the main job as a story; see examples/demo.
import "./process/node-version.mjs";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

process.exitCode = await demo();

async function demo() {
  if (!(await setUp({ say: (line) => process.stdout.write(`${line}\n`) }))) return 1;
  const program = `${root}/examples/demo/dist/src/demo.js`;
  const { code } = await runCommand(process.execPath, [program, ...process.argv.slice(2)], {
    inherit: true,
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  return code;
}
