import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The root of the repository, without a trailing slash. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/**
 * Runs a command in the repository's root and resolves, never rejects, with its exit code and everything it printed.
 * `inherit` shows the output at once instead. A command that cannot be started has exit code 127.
 */
export function runCommand(command, args, { inherit = false, ...options } = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    // npm and npx are command files on Windows, which only a shell starts.
    const shell = process.platform === "win32" && /^np[mx]$/.test(command);
    const stdio = inherit ? "inherit" : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd: root, shell, stdio, ...options });
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString("utf8");
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output });
    });
  });
}

/** Runs a tool of `node_modules/.bin`, wherever its package keeps the script, with this Node. */
export function runTool(binPath, args, options) {
  return runCommand(process.execPath, [`${root}/node_modules/${binPath}`, ...args], options);
}
