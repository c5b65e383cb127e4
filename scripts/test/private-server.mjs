import { spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";

export const isRoot = process.getuid?.() === 0;

/** The first place where a program is found: the PATH, then the folders that servers are installed in. */
export function findProgram(name, folders = []) {
  const places = [
    ...(process.env.PATH ?? "").split(delimiter),
    "/usr/sbin",
    "/usr/local/sbin",
    ...folders,
  ];
  return places.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A new folder of our own, owned by the account that the server runs as. */
export function privateFolder(name, owner) {
  // Not below the repository: the server's account may be unable to reach into a home directory.
  const folder = mkdtempSync(join(tmpdir(), `qianzhi-${name}-`));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

/** An account of the system by name, if there is one. */
export function account(...names) {
  const lines = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8").split("\n") : [];
  for (const name of names) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (fields) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  return undefined;
}

/**
 * Starts a server and resolves once it has printed what `ready` matches. Where the system can do that, the kernel ends
 * the server when this process dies. Resolves with `stop`, which waits for the end; rejects with the end of its log
 * when the server ends by itself or is not ready in a minute.
 */
export async function startServer({ program, args, owner, ready, stopSignal = "SIGTERM" }) {
  const guard = findProgram("setpriv");
  const command = guard
    ? [guard, `--pdeathsig=${stopSignal.slice(3)}`, program, ...args]
    : [program, ...args];
  // A process group of its own, or Ctrl-C on the terminal would stop the server before the tests that use it.
  const child = spawn(command[0], command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: "/",
    detached: true,
    env: { ...process.env, LC_ALL: "C" },
    ...(owner && { uid: owner.uid, gid: owner.gid }),
  });
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  const stop = async () => {
    child.kill(stopSignal);
    const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(force);
  };
  let log = "";
  const isReady = await new Promise((resolve) => {
    const tooLate = setTimeout(resolve, 60_000, false);
    const settle = (value) => resolve(value, clearTimeout(tooLate));
    const read = (chunk) => {
      log = (log + chunk).slice(-4_000);
      if (ready.test(log)) settle(true);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => settle(false));
  });
  if (isReady) return { stop, pid: child.pid };
  await stop();
  const lines = log.trim().split("\n");
  // The first error tells the cause, such as another server in the same folder; those after it are what follows from it.
  const errors = lines.filter((line) => /error|fatal/i.test(line)).slice(0, 2);
  throw new Error(
    `${program} did not start: ${(errors.length ? errors : lines.slice(-3)).join(" ")}`,
  );
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
