// `npm run bench [-- --rows N] [--runs N] [--node 24] [--only drain,path] [--json]`: the benchmark on a real MariaDB with
// settings that a production server has; `-- --kind latency|idle|diff|reconcile|poll|backlog|tables` measures those instead, as `--kind
// poll --rows 10000000` (also on PostgreSQL: `--on postgresql`), `--kind backlog --rows 100000` (batches that wait). The table is kept under .cache, so that only the first run fills it.
import "./process/node-version.mjs";
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { root, runCommand } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";
import { startMariadb } from "./test/mariadb.mjs";
import { startPostgresql } from "./test/postgresql.mjs";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    runs: { type: "string", default: "5" },
    node: { type: "string" },
    only: { type: "string" },
    kind: { type: "string", default: "run-bench" },
    every: { type: "string" },
    on: { type: "string", default: "mariadb" },
    json: { type: "boolean", default: false },
  },
});
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

process.exitCode = await bench();

async function bench() {
  if (!(await setUp({ say: tell }))) return 1;
  const program = await nodeProgram();
  if (!program) return 1;
  const folder = `${root}/.cache/bench`;
  mkdirSync(folder, { recursive: true });
  const database = await servers[options.on]?.(folder);
  if (!database) return (tell(`--on ${Object.keys(servers).join(" or ")}`), 2);
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
