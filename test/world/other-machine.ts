import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../architecture/workspace.ts";
import { runProgram, type Ended } from "../runtime/run-program.ts";

export interface MachineKind {
  /** Of Debian. */
  readonly suite: "bookworm" | "trixie";
  readonly architecture?: "amd64" | "arm64";
  readonly packages: readonly string[];
  /** systemd is its process 1; else nothing runs there. */
  readonly boots?: boolean;
}

/** A Debian of its own with nothing but its loopback for a network: its own processes, files and names. */
export interface OtherMachine extends AsyncDisposable {
  /** Its root folder, as it is seen from here. */
  readonly folder: string;
  /** Shell words by root, or by the account of that number, with the plainest environment. */
  run(script: string, options?: { readonly as?: number; readonly lang?: string }): Promise<Ended>;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** How a machine that is told to reboot ends. */
const STARTS_ANEW = 133;
const LOOK_EVERY_MS = 200;
const MOST_LOOKS = 300;

/** Resolves with the reason where such a machine cannot be had. */
export async function otherMachine(
  kind: MachineKind,
): Promise<OtherMachine | { readonly missing: string }> {
  const made = await madeRoot(kind);
  if ("missing" in made) return made;
  const work = await mkdtemp(join(tmpdir(), "qianzhi-machine-"));
  const folder = join(work, "root");
  for (const name of ["root", "upper", "work"]) await mkdir(join(work, name));
  const layers = `lowerdir=${made.folder},upperdir=${work}/upper,workdir=${work}/work`;
  const mounted = await here("mount", "-t", "overlay", "overlay", "-o", layers, folder);
  const end = async (): Promise<void> => {
    await here("umount", "--recursive", folder);
    await rm(work, { recursive: true, force: true });
  };
  if (mounted.code !== 0) {
    await end();
    return { missing: `no overlay of its files can be mounted: ${mounted.output.trim()}` };
  }
  const [program, ...words] = [
    ...endingWithThisProcess,
    ...(kind.boots ? booting(folder) : idling(folder)),
  ];
  const start = (): ChildProcess => spawn(program as string, words, { stdio: "ignore" });
  let holder = start();
  const ended = new Promise<void>((resolve) => {
    const look = (code: number | null): void => {
      if (code !== STARTS_ANEW) return resolve();
      holder = start();
      holder.once("exit", look);
    };
    holder.once("exit", look);
  });
  const inside = async (): Promise<string | undefined> => {
    const children = `/proc/${holder.pid}/task/${holder.pid}/children`;
    return (await readFile(children, "utf8").catch(() => "")).split(" ")[0] || undefined;
  };
  const run: OtherMachine["run"] = async (script, { as = 0, lang = "C" } = {}) => {
    const pid = await inside();
    if (pid === undefined) return { code: 127, output: "the machine is not there" };
    const namespaces = ["-m", "-u", "-i", "-n", "-p", "-r", "-w", ...(kind.boots ? ["-C"] : [])];
    const user = as === 0 ? [] : ["setpriv", `--reuid=${as}`, `--regid=${as}`, "--clear-groups"];
    const home = as === 0 ? "/root" : "/srv/clerk";
    const plain = ["env", "-i", `PATH=${PATH}`, `HOME=${home}`, `LANG=${lang}`];
    return here("nsenter", "-t", pid, ...namespaces, "--", ...user, ...plain, "sh", "-c", script);
  };
  const machine: OtherMachine = {
    folder,
    run,
    async [Symbol.asyncDispose]() {
      // What it runs dies with its process 1.
      const pid = await inside();
      if (pid !== undefined) process.kill(Number(pid), "SIGKILL");
      await ended;
      await end();
    },
  };
  const ready = kind.boots
    ? "until systemctl is-system-running | grep -qE 'running|degraded'; do sleep 0.2; done"
    : "true";
  for (let look = 0; (await run(ready)).code !== 0; look += 1) {
    if (look === MOST_LOOKS || holder.exitCode !== null) {
      await machine[Symbol.asyncDispose]();
      return { missing: "no machine with processes of its own can be started here" };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return machine;
}

const here = (program: string, ...words: readonly string[]): Promise<Ended> =>
  runProgram(program, words, { cwd: "/" });

/** However that ends. */
const endingWithThisProcess = ["setpriv", "--pdeathsig=KILL", "--"];

const booting = (folder: string): readonly string[] => [
  "systemd-nspawn",
  `--directory=${folder}`,
  "--boot",
  "--register=no",
  "--keep-unit",
  "--private-network",
  "--console=read-only",
  "--link-journal=no",
  "--machine=machine",
];

/** Its process 1 is a shell, which takes leave of what has ended there. */
const idling = (folder: string): readonly string[] => [
  "unshare",
  "--net",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "sh",
  "-c",
  'ip link set lo up; mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" sh -c "while :; do sleep 1000; done"',
  folder,
];

/** The files of such a machine, made once and kept for the next time. */
async function madeRoot({
  suite,
  architecture = "amd64",
  packages,
  boots = false,
}: MachineKind): Promise<{ readonly folder: string } | { readonly missing: string }> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0)
    return { missing: "another machine is root's to make, on Linux for x86-64" };
  const tools = [
    "mmdebstrap",
    ...(boots ? ["systemd-container"] : []),
    ...(architecture === "arm64" ? ["qemu-user-static", "binfmt-support", "arch-test"] : []),
  ];
  const reason = await install(tools);
  if (reason !== undefined) return { missing: reason };
  if (architecture === "arm64") await letArm64Run();
  const folder = join(root, ".cache/machines", [suite, architecture, ...packages].join("-"));
  if (existsSync(folder)) return { folder };
  const work = `${folder}.${process.pid}`;
  await mkdir(join(root, ".cache/machines"), { recursive: true });
  const words = ["--variant=minbase", `--architectures=${architecture}`];
  const include = packages.length === 0 ? [] : [`--include=${packages.join(",")}`];
  const made = await here("mmdebstrap", "--quiet", ...words, ...include, suite, work);
  if (made.code !== 0) {
    await rm(work, { recursive: true, force: true });
    return { missing: `no Debian ${suite} for ${architecture}: ${made.output.trim().slice(-300)}` };
  }
  await rename(work, folder);
  return { folder };
}

async function install(names: readonly string[]): Promise<string | undefined> {
  const found = await here("dpkg-query", "-W", "-f=${db:Status-Status}\n", ...names);
  if (found.code === 0 && !/not-installed|config-files/.test(found.output)) return undefined;
  const module = pathToFileURL(join(root, "scripts/test/install-packages.mjs")).href;
  const { cannotInstall, installPackages } = (await import(module)) as {
    readonly cannotInstall: () => string | undefined;
    readonly installPackages: (names: readonly string[]) => Promise<string | undefined>;
  };
  return cannotInstall() ?? installPackages(names);
}

/** The kernel is told to start programs for arm64 by QEMU. */
async function letArm64Run(): Promise<void> {
  const registry = "/proc/sys/fs/binfmt_misc";
  if (!existsSync(join(registry, "register")))
    await here("mount", "-t", "binfmt_misc", "binfmt_misc", registry);
  if (!existsSync(join(registry, "qemu-aarch64")))
    await here("update-binfmts", "--enable", "qemu-aarch64");
}

/** What it printed; fails with it where it did not end well. */
export function succeeded({ code, output }: Ended): string {
  assert.equal(code, 0, output);
  return output;
}
