// Histories by change column: `main.js SERVER SEED COUNT`. Prints each difference, then how many histories had one; exit code 0
// only if none had.
import { runHistories } from "./run-histories.ts";
import { servers } from "./servers.ts";

const [name, seed = "", count] = process.argv.slice(2);
const server = servers.find((each) => each.name === name)!;

const { differences } = await runHistories({
  open: () => server.open(process.env[server.variable] ?? ""),
  atOnce: server.atOnce,
  seed,
  mode: "cursor",
  count: Number(count),
});
const histories = new Set(differences.map((difference) => difference.split(" ")[0]));
process.stdout.write([...differences, `${histories.size} of ${count}`, ""].join("\n"));
process.exitCode = differences.length === 0 ? 0 : 1;
