import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { root } from "../process/run-command.mjs";

/** A file whose tests are all done must end by itself within this time, or it leaks something. */
const leakMs = 30_000;
/** A file that takes longer than this hangs: the worlds of the simulation take one minute, or several on a busy machine. */
const fileMs = 480_000;

/**
 * Runs one compiled test file in a process of its own. Resolves with `{ passed, failures, skips, output, seconds }`;
 * a process that does not end, crashes, or keeps something open after its last test is a failure that names the file.
 * `tell` hears a sentence of each test that passes and what it says of itself, as soon as it has ended.
 */
export function runTestFile(
  file,
  { environment = {}, limitMs = fileMs, afterMs = leakMs, tell } = {},
) {
  const token = `@${randomBytes(6).toString("hex")} `;
  const started = process.hrtime.bigint();
  const reporter = new URL("./event-reporter.mjs", import.meta.url).href;
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", `--test-reporter=${reporter}`, file],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      env: { ...process.env, ...environment, QIANZHI_TEST_TOKEN: token, NODE_NO_WARNINGS: "1" },
    },
  );
  const result = { file, passed: 0, failures: [], skips: [], output: "", seconds: 0 };
  const outcome = { open: 0, ended: undefined };

  const kill = (reason) => {
    outcome.ended ??= reason;
    // The whole group: a test that hangs often hangs on a child of its own.
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
    } catch {
      /* ended already */
    }
  };
  const limit = setTimeout(kill, limitMs, `did not end within ${limitMs / 1000} s`);
  let leak;
  const watch = () => {
    clearTimeout(leak);
    const reason = `leaks: ${afterMs / 1000} s after its last test something it opened still keeps the process alive`;
    if (outcome.open === 0) leak = setTimeout(kill, afterMs, reason);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith(token)) result.output += line && `${line}\n`;
    else {
      const event = JSON.parse(line.slice(token.length));
      const sentence = tell && sentenceOf(event);
      if (sentence) tell(sentence);
      if (take(event, result, outcome)) watch();
    }
  });
  child.stderr.on("data", (chunk) => (result.output += chunk));

  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      clearTimeout(leak);
      result.seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const crash =
        code !== 0 && result.failures.length === 0
          ? `ended with ${signal ?? `exit code ${code}`}`
          : undefined;
      const reason = outcome.ended ?? crash;
      if (reason) result.failures.push({ name: "the file itself", error: reason });
      resolve(result);
    });
  });
}

/** The runner's own diagnostics stand outside every test. */
function sentenceOf({ type, name, nesting, suite, message }) {
  if (type === "test:pass" && !suite) return name;
  return type === "test:diagnostic" && nesting > 0 ? message : undefined;
}

/** Adds one event to the result; tells whether the number of unfinished tests of the file may have changed. */
function take({ type, name, nesting, skip, todo, suite, error, kind }, result, outcome) {
  if (nesting === 0 && type === "test:enqueue") outcome.open += 1;
  if (nesting === 0 && type === "test:complete") outcome.open -= 1;
  if (type === "test:pass" && skip !== undefined)
    result.skips.push({ name, reason: skip === true ? "" : String(skip) });
  else if (type === "test:pass" && !suite) result.passed += 1;
  // A test or suite that failed only because of what is in it is counted there.
  else if (type === "test:fail" && kind !== "subtestsFailed" && todo === undefined)
    result.failures.push({ name, error });
  return nesting === 0;
}
