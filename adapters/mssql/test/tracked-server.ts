import { facts, optionsFor } from "./scripted-source.ts";
import { sqliteEngine } from "./sqlite-engine.ts";
import { startScriptedServer } from "./tds/scripted-server.ts";
import { integer, text } from "./test-types.ts";

/*
 * A program for tests of the whole: the scripted server over a SQLite file, with the table that a test fills and whose
 * changes its triggers note. It prints the options of a source as JSON, and ends when its input ends.
 */

const engine = sqliteEngine(process.argv[2]);
engine.define({
  name: "rkxx",
  key: ["sfzh"],
  columns: [
    { name: "sfzh", type: text },
    { name: "xm", type: text },
    { name: "nl", type: integer },
    { name: "zx", type: integer },
  ],
});
const server = await startScriptedServer({
  answer: (asked) => (asked.sql.includes("'ProductVersion'") ? facts() : engine.answer(asked)),
});
process.stdout.write(`${JSON.stringify(optionsFor(server))}\n`);
process.stdin.resume().on("end", () => process.exit());
