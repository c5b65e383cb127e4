#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old Node or a missing build is said in a sentence.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Qianzhi needs Node 20.19 or later; this is ${process.versions.node}. 需要 Node 20.19 或更高版本。\n`,
  );
  process.exit(2);
}

// Node's own SQLite announces itself as experimental at each start; other warnings stay.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith("SQLite is an experimental feature"))
    emitWarning.call(process, warning, ...rest);
};

const { boundMemory } = await import("./memory.js");
boundMemory();

const program = new URL("../dist/src/cli/main.js", import.meta.url);
const { existsSync } = await import("node:fs");
if (existsSync(program)) {
  const { main } = await import(program.href);
  await main();
} else {
  process.stderr.write(
    "Qianzhi is not built yet: run `npm run setup`. 尚未构建：请执行 npm run setup。\n",
  );
  process.exitCode = 2;
}
