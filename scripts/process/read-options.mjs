import { parseArgs } from "node:util";

/**
 * What an npm script was told: `{ values, positionals }`. `--help` prints the usage and ends with 0; what the script does
 * not know is said with the usage, and ends with 2.
 */
export function readOptions(usage, options, { allowPositionals = false } = {}) {
  const help = { type: "boolean", short: "h", default: false };
  try {
    const told = parseArgs({ options: { ...options, help }, allowPositionals });
    if (!told.values.help) return told;
  } catch (error) {
    wrongUse(error.message.split(/\. (?=To )/)[0], usage);
  }
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}

/** Says what is wrong with the words, and how they go. */
export function wrongUse(problem, usage) {
  process.stderr.write(`${problem}\n\n${usage}\n`);
  process.exit(2);
}

/** Ends with 2 unless the values of these options are whole numbers from 1 on. */
export function demandWholeNumbers(values, names, usage) {
  for (const name of names)
    if (!(Number.isSafeInteger(Number(values[name])) && Number(values[name]) > 0))
      wrongUse(`--${name} takes a whole number from 1 on`, usage);
}
