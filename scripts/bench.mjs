// The benchmark on a real database server with settings that a production server has. The table is kept under .cache, so
// that only the first run fills it.
import "./process/node-version.mjs";
import { mkdirSync } from "node:fs";
import { demandWholeNumbers, readOptions, wrongUse } from "./process/read-options.mjs";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";
import { startMariadb } from "./test/mariadb.mjs";
import { startPostgresql } from "./test/postgresql.mjs";

const kinds = ["run-bench", "latency", "idle", "diff", "reconcile", "poll", "backlog", "tables"];
const usage = `Usage: npm run bench -- [options]

Measures the product against a plain prototype on a MariaDB of its own.

  --rows N        rows, or of backlog batches (default 1000000)
  --runs N        runs, of which the median counts (default 5)
  --kind KIND     what is measured: ${kinds.slice(0, 4).join(", ")},
                  ${kinds.slice(4).join(", ")} (default run-bench)
  --only PARTS    of run-bench: drain,path
  --every TIME    of idle: how often each pipeline polls (default 10s)
  --on SERVER     mariadb or, with --kind poll, postgresql (default mariadb)
  --node 20|24    the Node that is measured (default: the one that runs this)
  --json          one JSON document on standard output`;
const { values: options } = readOptions(usage, {
  rows: { type: "string", default: "1000000" },
  runs: { type: "string", default: "5" },
  node: { type: "string" },
  only: { type: "string" },
  kind: { type: "string", default: "run-bench" },
  every: { type: "string" },
  on: { type: "string", default: "mariadb" },
  json: { type: "boolean", default: false },
});
demandWholeNumbers(options, ["rows", "runs"], usage);
if (!kinds.includes(options.kind)) wrongUse(`--kind ${options.kind} is not known`, usage);
const tell = (line) => process.stderr.write(`${line}\n`);
/** Durability on, and the memory that a small production server gives it. */
const settings = [
  "--innodb-flush-log-at-trx-commit=1",
  "--innodb-doublewrite=1",
  "--innodb-buffer-pool-size=512M",
  "--innodb-log-file-size=256M",
  "--skip-log-bin",
];

/** Those that read a table of so many rows. */
const sized = ["run-bench", "diff", "reconcile", "poll", "tables"];

const servers = {
  mariadb: (folder) =>
    startMariadb({
      folder: `${folder}/mariadb-${sized.includes(options.kind) ? options.rows : "small"}`,
      settings,
    }),
  // It keeps nothing, and counts statements.
  postgresql: () => startPostgresql({ settings: ["shared_preload_libraries=pg_stat_statements"] }),
};

if (!Object.hasOwn(servers, options.on)) wrongUse(`--on ${options.on} is not known`, usage);

process.exitCode = await bench();

async function bench() {
  if (!(await setUp({ say: tell }))) return 1;
  const program = await nodeProgram();
  if (!program) return 1;
  const folder = `${root}/.cache/bench`;
  mkdirSync(folder, { recursive: true });
  const database = await servers[options.on](folder);
  if (database.missing) return (tell(`The benchmark needs ${options.on}: ${database.missing}`), 1);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => void database.stop().then(() => process.exit(130)));
  try {
    const flags = [
      ...(options.json ? ["--json"] : []),
      ...(options.only ? [`--only=${options.only}`] : []),
      ...(options.every ? [`--every=${options.every}`] : []),
    ];
    const script = `${root}/test/dist/bench/${options.kind}.js`;
    const { code } = await runCommand(
      program,
      [script, database.url, options.rows, options.runs, folder, ...flags],
      {
        inherit: true,
        env: { ...process.env, NODE_NO_WARNINGS: "1" },
      },
    );
    return code;
  } finally {
    await database.stop();
  }
}

async function nodeProgram() {
  if (!options.node) return process.execPath;
  const { nodeRuntime } = await import("../test/dist/runtime/node-runtime.js");
  const runtime = await nodeRuntime(options.node, `${root}/.cache`);
  if (runtime.missing) tell(runtime.missing);
  return runtime.program;
}
