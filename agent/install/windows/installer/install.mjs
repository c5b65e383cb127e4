// What install.cmd does once the runtime of the bundle is known to start.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  rmdirSync,
} from "node:fs";
import { join } from "node:path";
import { move } from "./move.mjs";
import { command, here, prefix, previous, program, site, versionIn } from "./places.mjs";
import { damagedFiles, textOf } from "./verify.mjs";
import {
  createService,
  deleteService,
  serviceRuns,
  startService,
  stopService,
  system,
} from "./windows-service.mjs";
import { language, refuse, Refusal, say } from "./words.mjs";

const arriving = join(prefix, "arriving");
const leaving = join(prefix, "leaving");
const version = versionIn(here);
let owesStart = false;

for (const work of [
  () => run(process.argv.slice(2).map((word) => word.toLowerCase())),
  // What stops the service starts it again, also where something fails in between: both are told.
  startAgain,
])
  try {
    work();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${textFor(error)}\n`);
  }

function run(words) {
  const known = ["/check", "/rollback", "/uninstall", "/purge", "/help", "/?"];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined)
    refuse(
      "QZ_USAGE",
      `There is no option ${unknown}; see /help.`,
      `没有 ${unknown} 选项，请用 /help 查看用法。`,
    );
  if (words.includes("/help") || words.includes("/?")) help();
  else if (words.includes("/uninstall")) uninstall(words.includes("/purge"));
  else if (words.includes("/rollback")) rollBack();
  else if (words.includes("/check")) {
    check();
    say("The bundle is whole and runs on this machine.", "安装包完整，可在本机运行。");
  } else install();
}

function help() {
  say(
    `install.cmd              install, or upgrade what is there
install.cmd /check       look whether this bundle is whole and runs here; change nothing
install.cmd /rollback    go back to the version before, with its data where the newer one has changed them
install.cmd /uninstall [/purge]   remove the program; with /purge the site's configuration and data too

Program: ${prefix}   Site (configuration, keys, data): ${site}`,
    `install.cmd              安装，已安装则升级
install.cmd /check       检查安装包是否完整、能否在本机运行，不作改动
install.cmd /rollback    回退到上一版本；数据已被新版本升级的，一并恢复
install.cmd /uninstall [/purge]   卸载程序；加 /purge 同时删除接入点的配置和数据

程序目录：${prefix}   接入点目录（配置、密钥、数据）：${site}`,
  );
}

function check() {
  const damaged = damagedFiles(here) ?? ["SHA256SUMS"];
  const few = damaged.slice(0, 3).join(" ");
  if (damaged.length > 0)
    refuse(
      "QZ_BUNDLE_DAMAGED",
      `Files of this bundle are missing or changed: ${few} Copy it again and compare with its .sha256 file.`,
      `安装包中有文件缺失或被改动：${few} 请重新复制，并与 .sha256 文件核对。`,
    );
}

function install() {
  check();
  installProgram();
  prepareSite();
  copyFileSync(join(program, "qianzhi.cmd"), command);
  if (serviceRuns() === undefined) createService(program, site);
  startAgain();
  say(
    `Qianzhi ${version} is in ${prefix}, its site in ${site}.`,
    `Qianzhi ${version} 已装入 ${prefix}，接入点目录为 ${site}。`,
  );
  say(
    `Next: edit ${join(site, "qianzhi.yaml")}; then "${command}" check and sc start qianzhi.`,
    `下一步：修改 ${join(site, "qianzhi.yaml")}，执行 "${command}" check，再执行 sc start qianzhi。`,
  );
}

function installProgram() {
  const before = versionIn(program);
  const isSame =
    textOf(join(program, "SHA256SUMS")) === textOf(join(here, "SHA256SUMS")) &&
    damagedFiles(program)?.length === 0;
  if (isSame) {
    say(
      `Version ${version} is installed already; its files are whole and stay as they are.`,
      `版本 ${version} 已经安装，文件完整，保持不变。`,
    );
    return;
  }
  mkdirSync(prefix, { recursive: true });
  remove(arriving);
  cpSync(here, arriving, { recursive: true });
  if (before === version)
    say(
      `Version ${version} is installed already, but its files are not those of this bundle: they are replaced. A rollback does not bring them back.`,
      `版本 ${version} 已经安装，但文件与本安装包不一致，现予替换。回退不会恢复这些文件。`,
    );
  else if (before !== undefined)
    say(`Upgrading from ${before} to ${version}.`, `正在从 ${before} 升级到 ${version}。`);
  stop();
  if (before !== undefined && before !== version) {
    keepPrevious();
    putInPlace(arriving, previous);
  } else {
    setAside();
    putInPlace(arriving, leaving);
  }
  remove(leaving);
}

/** What the program was until now comes back where the other cannot be moved into its place. */
function putInPlace(other, before) {
  try {
    move(other, program);
  } catch (error) {
    if (existsSync(before)) move(before, program);
    throw error;
  }
}

function keepPrevious() {
  if (existsSync(join(site, "data/outbox.db"))) {
    remove(join(site, "before-upgrade"));
    const { status, stderr } = agent(["backup", "before-upgrade"]);
    if (status !== 0) throw new Refusal(stderr.trim());
  }
  remove(previous);
  move(program, previous);
}

function prepareSite() {
  mkdirSync(site, { recursive: true });
  // The service's account and administrators alone: it holds records and keys.
  const inherited = "(OI)(CI)";
  const owners = [
    `*S-1-5-18:${inherited}F`,
    `*S-1-5-32-544:${inherited}F`,
    `*S-1-5-19:${inherited}M`,
  ];
  system("icacls.exe", [site, "/inheritance:r", "/grant:r", ...owners]);
  if (readdirSync(site).length > 0) return;
  const { status, stderr } = agent(["init", ".", "--lang", language]);
  if (status !== 0) throw new Refusal(stderr.trim());
}

function rollBack() {
  const before = versionIn(previous);
  if (before === undefined)
    refuse("QZ_USAGE", `There is no version before in ${prefix}.`, `${prefix} 中没有上一版本。`);
  const left = versionIn(program);
  stop();
  setAside();
  putInPlace(previous, leaving);
  remove(leaving);
  // The older version says so itself when it does not know what the newer one has made of the data.
  const isChanged =
    existsSync(join(site, "before-upgrade")) &&
    agent(["status", "--json"]).stdout.includes("QZ_STORE_NEWER");
  if (isChanged) {
    const { status, stdout, stderr } = agent(["restore", "before-upgrade"]);
    if (status !== 0) throw new Refusal(stderr.trim());
    process.stdout.write(stdout);
  }
  startAgain();
  say(`Back from ${left} to ${before}.`, `已从 ${left} 回退到 ${before}。`);
}

function uninstall(purges) {
  if (purges && !existsSync(join(site, "qianzhi.yaml")))
    refuse("QZ_USAGE", `${site} is no site of Qianzhi.`, `${site} 不是 Qianzhi 的接入点目录。`);
  if (!purges && !existsSync(prefix))
    refuse("QZ_USAGE", `There is no program in ${prefix}.`, `${prefix} 中没有程序。`);
  stop();
  setAside();
  owesStart = false;
  if (serviceRuns() !== undefined) deleteService();
  // Only what this installer has put there.
  for (const path of [leaving, previous, arriving, command]) remove(path);
  if (existsSync(prefix) && readdirSync(prefix).length === 0) rmdirSync(prefix);
  if (purges) {
    remove(site);
    say(
      "The program, the site's configuration and its data are removed.",
      "程序、接入点配置和数据均已删除。",
    );
  } else say(`The program is removed; ${site} is left.`, `程序已卸载，${site} 予以保留。`);
}

function stop() {
  if (!serviceRuns()) return;
  owesStart = true;
  stopService();
}

function startAgain() {
  if (!owesStart) return;
  owesStart = false;
  startService();
}

/** A program that is in use cannot be moved, and stays whole. */
function setAside() {
  remove(leaving);
  if (existsSync(program)) move(program, leaving);
}

function remove(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
}

/** The installed agent, in the folder of its site. */
function agent(words) {
  const script = join(program, "app/node_modules/@qianzhi/agent/bin/qianzhi.js");
  return spawnSync(join(program, "runtime/node.exe"), [script, ...words], {
    cwd: site,
    encoding: "utf8",
    windowsHide: true,
  });
}

function textFor(error) {
  if (error instanceof Refusal) return error.message;
  const code = "QZ_INSTALL_FAILED";
  const path = error.path?.replace("\\\\?\\", "");
  if (["EACCES", "EPERM"].includes(error.code))
    return language === "zh"
      ? `${code} 不能写入 ${path}（${error.code}）：请以管理员身份运行，并关闭使用该目录的窗口和命令。`
      : `${code} ${path} cannot be written (${error.code}): run this as administrator, and close what uses that folder.`;
  return language === "zh"
    ? `${code} 没有完成：请确认磁盘空间足够，再重新运行。原文：${error.message}`
    : `${code} It was not completed: make sure that the disk has room, then run this again. Original: ${error.message}`;
}
