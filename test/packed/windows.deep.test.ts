import assert from "node:assert/strict";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import type { Ended } from "../runtime/run-program.ts";
import { bundleOfVersion, unpackedBundle } from "../world/bundle.ts";
import { otherMachine, succeeded, type OtherMachine } from "../world/other-machine.ts";

/** With a blank and what is no ASCII, as an operator's folders have. */
const FOLDER = "安装 包";
const Q = String.raw`C:\Program Files\Qianzhi\qianzhi.cmd`;

/**
 * Wine stands for Windows: the bundle's own node.exe, wrapper and command files run, started by Wine's cmd.exe and kept by
 * its service manager. A console's code page, rights, and restarts by the service manager are Windows' own and not seen here.
 */
describe("the bundle for Windows, under Wine", () => {
  let machine: OtherMachine | undefined;
  let missing: string | undefined;
  let bundle: string;
  let drive: string;

  before(async () => {
    const made = await otherMachine({ suite: "trixie", packages: ["wine", "wine64", "procps"] });
    if ("missing" in made) {
      missing = made.missing;
      return;
    }
    machine = made;
    const folder = join(made.folder, "srv", FOLDER);
    await mkdir(folder);
    bundle = await unpackedBundle("win-x64", folder);
    succeeded(await wine("wine wineboot --init"));
    await beWindows("win10");
    drive = join(made.folder, "root/.wine/drive_c");
  });
  after(() => machine?.[Symbol.asyncDispose]());

  const here = (): OtherMachine => machine as OtherMachine;
  /** The lines of a script for `sh`; what Wine's programs print goes through a file, since they know no pipe of ours. */
  const wine = (script: string, lang = "C"): Promise<Ended> =>
    here().run(
      `export WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp LC_CTYPE=C.UTF-8; wine() { command wine "$@" >/tmp/said 2>/tmp/told; code=$?; cat /tmp/said /tmp/told; return $code; }\n${script}`,
      { lang },
    );
  /** Wine has two service managers at once until it has ended after a change of its version. */
  const beWindows = async (version: string): Promise<void> => {
    succeeded(await wine(`wine winecfg /v ${version}; wineserver --wait`));
  };
  /** `install.cmd` of a bundle, started by cmd.exe. */
  const install = (from: string, words = "", lang = "C"): Promise<Ended> =>
    wine(`wine cmd /c '${asWindows(from)}\\install.cmd' ${words}`, lang);
  const asWindows = (folder: string): string =>
    `Z:${folder.slice(here().folder.length).replaceAll("/", "\\")}`;
  const qianzhi = (words: string): Promise<Ended> => wine(`wine cmd /c '${Q}' ${words}`);
  const state = async (): Promise<string> =>
    /STATE +: \d +(\w+)/.exec((await wine("wine sc query qianzhi")).output)?.[1] ?? "none";
  /** What the wrapper wrote down of the agent. */
  const log = (): Promise<string> =>
    readFile(join(drive, "ProgramData/Qianzhi/shawl_for_qianzhi_rCURRENT.log"), "utf8").catch(
      () => "",
    );
  /** `sc start` or `sc stop`, until the wrapper has written that down. */
  const sc = async (verb: "start" | "stop", what: RegExp): Promise<void> => {
    const before = (await log()).length;
    succeeded(await wine(`wine sc ${verb} qianzhi`));
    for (let look = 0; !what.test((await log()).slice(before)); look += 1) {
      assert.ok(look < 600, await log());
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  test("is whole, says how it is used, and changes nothing at a word it does not know", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const whole = succeeded(await install(bundle, "/check", "zh_CN.UTF-8"));
    assert.equal(whole, "安装包完整，可在本机运行。\n");
    assert.match(succeeded(await install(bundle, "/?")), /\/rollback/);
    for (const [words, said] of [
      ["/repair", "QZ_USAGE There is no option /repair"],
      ["/rollback", "QZ_USAGE There is no version before in C:\\Program Files\\Qianzhi."],
      ["/uninstall", "QZ_USAGE There is no program in C:\\Program Files\\Qianzhi."],
      ["/uninstall /purge", "QZ_USAGE C:\\ProgramData\\Qianzhi is no site of Qianzhi."],
    ] as const) {
      const { code, output } = await install(bundle, words);
      assert.deepEqual([code, output.slice(0, said.length)], [1, said]);
    }
    assert.ok(!(await readdir(join(drive, "Program Files"))).includes("Qianzhi"));
  });

  test("that was damaged, or is on another machine, says so in Chinese and changes nothing", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const manifest = join(bundle, "app/package.json");
    const whole = await readFile(manifest);
    await writeFile(manifest, "{}");
    const damaged = await install(bundle, "", "zh_CN.UTF-8");
    await writeFile(manifest, whole);
    assert.equal(damaged.code, 1);
    assert.match(
      damaged.output,
      /^QZ_BUNDLE_DAMAGED 安装包中有文件缺失或被改动：app\/package\.json/,
    );

    const command = `@set PROCESSOR_ARCHITECTURE=ARM64\r\n@"%~dp0install.cmd"\r\n`;
    await writeFile(join(bundle, "arm.cmd"), command);
    const foreign = await wine(`wine cmd /c '${asWindows(join(bundle, "arm.cmd"))}'`);
    assert.equal(foreign.code, 1);
    assert.match(foreign.output, /^QZ_BUNDLE_MACHINE .* on AMD64; this machine is ARM64/);

    await beWindows("win7");
    const old = await install(bundle);
    await beWindows("win10");
    assert.equal(old.code, 1);
    assert.match(old.output, /^QZ_BUNDLE_FLOOR .* Windows 10, Server 2016 or later/);
    // Wine shows no UTF-16: what Windows would show is looked at in the file.
    for (const name of ["floor", "machine"]) {
      const text = await readFile(join(bundle, "installer", `${name}.txt`), "utf16le");
      assert.match(text, /^\ufeffQZ_BUNDLE_\w+ .*安装包.*。\r\n$/);
    }
    assert.ok(!(await readdir(join(drive, "Program Files"))).includes("Qianzhi"));
  });

  test("is installed as a service, which brings the first records to the platform and stops in order", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    assert.match(succeeded(await install(bundle)), /is in C:\\Program Files\\Qianzhi, its site in/);
    assert.equal(await state(), "STOPPED");
    const script = `cd ~/.wine/drive_c/ProgramData/Qianzhi; export WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp LC_CTYPE=C.UTF-8
      (wine cmd /c '${asWindows(bundle)}\\bin\\qianzhi.cmd' sandbox --port 8787 >/tmp/sandbox 2>&1 &)
      until grep -q 8787 /tmp/sandbox; do sleep 0.5; done`;
    succeeded(await here().run(script));
    assert.match(succeeded(await qianzhi("check")), /Nothing is wrong/);
    assert.match(succeeded(await qianzhi("run --once --json")), /"accepted":2,/);
    assert.match(succeeded(await qianzhi("compare")), /they agree/);
    await sc("start", /The agent runs: 1 pipeline/);
    assert.match((await qianzhi("status --lang zh")).output, /persons {2}运行中/);
    await sc("stop", /The agent has stopped; 0 batch/);
    assert.doesNotMatch(await log(), /510102|冉/);
  });

  test("leaves whole files as they are, and mends others while the service stands still", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    await sc("start", /The agent runs/);
    assert.match(succeeded(await install(bundle)), /whole and stay as they are/);
    const script = join(drive, "Program Files/Qianzhi/program/service.mjs");
    await writeFile(script, "");
    const mended = succeeded(await install(bundle, "", "zh_CN.UTF-8"));
    assert.match(mended, /文件与本安装包不一致，现予替换/);
    assert.ok((await stat(script)).size > 0);
    assert.equal(await state(), "RUNNING");
  });

  test("is upgraded with its data kept, and rolled back where the newer one has changed them and cannot run", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const newer = await bundleOfVersion(bundle, "9.0.0");
    assert.match(succeeded(await install(newer)), /Upgrading from .* to 9\.0\.0/);
    assert.equal(await state(), "RUNNING");
    await sc("stop", /Finished successfully/);
    const database = await openDatabase(join(drive, "ProgramData/Qianzhi/data/outbox.db"));
    database.exec("UPDATE schema_part SET version = version + 100");
    database.close();
    await sc("start", /QZ_STORE_NEWER[^]*exited with code 1[^]*Launching command/);
    const launches = [
      ...(await log()).matchAll(/^(\S+ \S+) \[INFO\] (?:Launching|Command exited)/gm),
    ];
    const [launched, ended] = launches.slice(-3, -1).map(([, at]) => Date.parse(`${at}Z`));
    assert.ok(Number(ended) - Number(launched) >= 5_000, "it is started again after a pause");
    const back = succeeded(await install(newer, "/rollback"));
    assert.match(back, /^The data directory is as it was at [^]*Back from 9\.0\.0 to/);
    assert.equal(await state(), "RUNNING");
    const { output } = await qianzhi("status --json");
    assert.match(output, /"verdict"/);
    assert.doesNotMatch(output, /QZ_STORE_NEWER/);
    assert.equal((await install(newer, "/rollback")).code, 1);
  });

  test("is removed: the program alone, then the site too", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    await here().run("pkill -f 'sandbox --port'");
    const site = join(drive, "ProgramData/Qianzhi");
    succeeded(await install(bundle, "/uninstall"));
    assert.equal(await state(), "none");
    assert.ok((await readdir(site)).includes("qianzhi.yaml"));
    succeeded(await install(bundle, "/uninstall /purge"));
    await assert.rejects(stat(site));
    assert.ok(!(await readdir(join(drive, "Program Files"))).includes("Qianzhi"));
  });
});
