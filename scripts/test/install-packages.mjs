import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { runCommand } from "../process/run-command.mjs";
import { findProgram, isRoot } from "./private-server.mjs";

const serviceRule = "/usr/sbin/policy-rc.d";
const clusterRule = "/etc/postgresql-common/createcluster.d/qianzhi-test.conf";

/** Why servers cannot be installed here, or undefined when they can. */
export function cannotInstall() {
  if (!isRoot) return "not root, so nothing can be installed";
  if (!findProgram("apt-get")) return "not a Debian or Ubuntu, so nothing can be installed";
  return undefined;
}

let previous = Promise.resolve();

/**
 * Installs Debian packages, one call after the other, without starting any service and without creating a database
 * cluster: the tests run instances of their own. Resolves with undefined, or with the reason why it did not work.
 */
export function installPackages(names) {
  const installed = previous.then(() => install(names));
  previous = installed;
  return installed;
}

async function install(names) {
  const ours = [
    writeRule(serviceRule, "#!/bin/sh\nexit 101\n"),
    writeRule(clusterRule, "create_main_cluster = false\n"),
  ];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    const update = await runCommand("apt-get", ["update", "-q"], { env });
    const args = [
      "install",
      "-y",
      "-q",
      "-o",
      "DPkg::Lock::Timeout=120",
      "--no-install-recommends",
      ...names,
    ];
    const result = await runCommand("apt-get", args, { env });
    if (result.code === 0) return undefined;
    const failed = update.code === 0 ? result : update;
    return `apt-get could not install ${names.join(", ")}: ${failed.output.trim().split("\n").at(-1)}`;
  } finally {
    for (const path of ours) if (path) rmSync(path, { force: true });
  }
}

function writeRule(path, text) {
  if (existsSync(path)) return undefined;
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}
