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

// Node 24 lets its young generation grow to four times what Node 20 does and keeps it: 100 MiB more for a load that is
// no faster by it (docs/decisions/0002-memory-of-a-load.md). Only its growth can be influenced once a program runs, so
// growth ends when the size of Node 20 is reached.
const { setFlagsFromString, getHeapSpaceStatistics } = await import("node:v8");
const youngBytes = 32 * 2 ** 20;
const growth = new PerformanceObserver(() => {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
  if (young === undefined || young.space_size < youngBytes) return;
  setFlagsFromString("--semi-space-growth-factor=1");
  growth.disconnect();
});
growth.observe({ entryTypes: ["gc"] });
// What outlives two collections of the young generation is garbage here, nearly all of it, and so is the memory of
// buffers that it holds: half as much again may gather until it is cleared, instead of several times as much.
setFlagsFromString("--heap-growing-percent=50");

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
