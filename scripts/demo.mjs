// Sets everything up and runs the main job as a story; see examples/demo.
import "./process/node-version.mjs";
import { root, runCommand } from "./process/run-command.mjs";
import { readOptions, wrongUse } from "./process/read-options.mjs";
import { setUp } from "./setup.mjs";

const usage = `Usage: npm run demo -- [FOLDER] [options]

Runs the main job as a story and ends by itself. Exit code 0 only if it all
adds up.

  FOLDER       where site and database are written (default qianzhi-demo)
  --keep       leave platform and agent up, to look around
  --lang LANG  en or zh (default: that of the system)`;
const { values, positionals } = readOptions(
  usage,
  { keep: { type: "boolean", default: false }, lang: { type: "string" } },
  { allowPositionals: true },
);
if (!["en", "zh", undefined].includes(values.lang))
  wrongUse(`--lang ${values.lang} is not known`, usage);
if (positionals.length > 1) wrongUse(`Unexpected argument '${positionals[1]}'`, usage);

process.exitCode = await demo();

async function demo() {
  if (!(await setUp({ say: (line) => process.stdout.write(`${line}\n`) }))) return 1;
  const program = `${root}/examples/demo/dist/src/demo.js`;
  const words = [
    ...positionals,
    ...(values.keep ? ["--keep"] : []),
    ...(values.lang === undefined ? [] : [`--lang=${values.lang}`]),
  ];
  const { code } = await runCommand(process.execPath, [program, ...words], {
    inherit: true,
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  return code;
}
