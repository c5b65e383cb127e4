// What the Windows service runs: the agent, started again by the wrapper whenever it ends.
/** The wrapper starts it again at once. An agent that cannot begin waits here, so that it does not do so without a pause. */
const RESTART_MS = 5_000;

process.on("exit", (code) => {
  if (code !== 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RESTART_MS);
});
process.argv.push("run");
await import("./app/node_modules/@qianzhi/agent/bin/qianzhi.js");
