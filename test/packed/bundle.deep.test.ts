import assert from "node:assert/strict";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { root } from "../architecture/workspace.ts";
import { runProgram } from "../runtime/run-program.ts";
import { bundleOfVersion } from "../world/bundle.ts";

const isRoot = process.getuid?.() === 0;
const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const skip =
  process.platform === "linux" && isRoot
    ? false
    : "an empty network namespace and another account are root's to give, on Linux";
/** An account that owns nothing. */
const NOBODY = 65534;
const MOST_BYTES = 90_000_000;
/** Resident memory of an agent with one pipeline on SQLite, polled every five seconds, and its page. */
const MOST_RESTING_BYTES = 100_000_000;

describe("an offline bundle", { skip }, () => {
  let place: string;
  let bundle: string;
  let sandbox: string;

  before(async () => {
    place = await mkdtemp(join(tmpdir(), "qianzhi-bundle-test-"));
    const made = await runProgram(
      process.execPath,
      [join(root, "scripts/bundle.mjs"), "--platform", platform, "--out", join(place, "out")],
      { cwd: root },
    );
    assert.equal(made.code, 0, made.output);
    const archive = (await readdir(join(place, "out"))).find((name) => name.endsWith(".tar.gz"));
    assert.ok(archive);
    assert.ok((await stat(join(place, "out", archive))).size <= MOST_BYTES);
    const sums = await runProgram("sha256sum", ["-c", `${archive}.sha256`], {
      cwd: join(place, "out"),
    });
    assert.equal(sums.code, 0, sums.output);
    await runProgram("tar", ["xzf", join(place, "out", archive)], { cwd: place });
    bundle = join(place, archive.replace(".tar.gz", ""));
    await mkdir(join(place, "home"));
    await runProgram("chown", ["-R", String(NOBODY), place], { cwd: place });
    await chmod(place, 0o755);
    sandbox = `${process.execPath} ${join(root, "agent/bin/qianzhi.js")} sandbox --port 8787`;
  });
  after(() => rm(place, { recursive: true, force: true }));

  /** Shell words by an ordinary user who has a home and the plainest PATH, where no network is but the machine itself. */
  const alone = async (
    script: string,
    { as = NOBODY, lang = "C" } = {},
  ): Promise<{ readonly code: number; readonly output: string }> => {
    const user = `exec setpriv --reuid ${as} --regid ${as} --clear-groups -- env -i PATH=/usr/bin:/bin HOME=${place}/home LANG=${lang} sh -c "$1"`;
    return runProgram(
      "unshare",
      ["--net", "sh", "-c", `ip link set lo up 2>/dev/null; ${user}`, "sh", script],
      { cwd: join(place, "home") },
    );
  };
  const install = (from: string, ...words: readonly string[]) =>
    alone(`sh ${from}/install.sh ${words.join(" ")}`);
  const qianzhi = (words: string, lang = "C") =>
    alone(`cd ~/qianzhi-site && ~/qianzhi/current/bin/qianzhi ${words}`, { lang });

  test("names what it holds: checksums of all, licences and a bill of materials without a machine's paths", async () => {
    const bill = JSON.parse(await readFile(join(bundle, "sbom.cdx.json"), "utf8")) as {
      components: { name: string; version: string }[];
    };
    const names = bill.components.map(({ name }) => name);
    for (const name of ["@qianzhi/agent", "mysql2", "tedious", "Node.js"])
      assert.ok(names.includes(name), name);
    assert.doesNotMatch(JSON.stringify(bill), /file:\/|\/tmp\//);
    const licences = await readFile(join(bundle, "LICENCES.txt"), "utf8");
    assert.match(licences, /^Node\.js 24\./m);
    assert.match(licences, /^mysql2 /m);
    assert.match(await readFile(join(bundle, "LICENSE"), "utf8"), /Apache License/);
  });

  test("is installed by an ordinary user without network, and brings the first records to the platform", async () => {
    const installed = await install(bundle);
    assert.equal(installed.code, 0, installed.output);
    const site = join(place, "home/qianzhi-site");
    assert.equal((await stat(site)).mode & 0o777, 0o700);
    const version = await alone("PATH= ~/qianzhi/current/bin/qianzhi --version");
    assert.match(version.output, /^\d+\.\d+\.\d+\n$/);
    const ran = await alone(
      `cd ~/qianzhi-site && (${sandbox} >../sandbox.log 2>&1 & echo $! >../sandbox.pid); sleep 2;
       ~/qianzhi/current/bin/qianzhi run --once --json 2>../run.log; code=$?; kill $(cat ../sandbox.pid); exit $code`,
    );
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /"accepted":2,/);
  });

  test("rests on at most 100 MB", async () => {
    const { code, output } = await alone(
      `cd ~/qianzhi-site && (${sandbox} >../sandbox.log 2>&1 & echo $! >../sandbox.pid); sleep 2
       ~/qianzhi/current/bin/qianzhi run >../run.log 2>&1 & agent=$!; sleep 90
       grep VmRSS /proc/$agent/status; code=$?; kill $agent $(cat ../sandbox.pid); wait $agent; exit $code`,
    );
    assert.equal(code, 0, output);
    assert.match(await readFile(join(place, "home/run.log"), "utf8"), /8470/);
    const resident = Number(/(\d+) kB/.exec(output)?.[1]) * 1024;
    assert.ok(resident <= MOST_RESTING_BYTES, `${resident} bytes`);
  });

  test("is upgraded with its data kept, rolled back where the newer one has changed them, and removed", async () => {
    const newer = await bundleOfVersion(bundle, "9.0.0");
    const upgraded = await install(newer);
    assert.equal(upgraded.code, 0, upgraded.output);
    assert.match(upgraded.output, /Upgrading from .* to 9\.0\.0/);
    const outbox = join(place, "home/qianzhi-site/data/outbox.db");
    const database = await openDatabase(outbox);
    database.exec("UPDATE schema_part SET version = version + 100");
    database.close();
    const back = await install(newer, "--rollback");
    assert.equal(back.code, 0, back.output);
    const status = await qianzhi("status --json");
    assert.doesNotMatch(status.output, /QZ_STORE_NEWER/);
    assert.match(status.output, /"verdict"/);
    const removed = await install(bundle, "--uninstall");
    assert.equal(removed.code, 0, removed.output);
    assert.deepEqual(await readdir(join(place, "home/qianzhi")).catch(() => []), []);
    assert.ok(await stat(outbox));
    assert.equal((await install(bundle, "--uninstall", "--purge")).code, 0);
    await assert.rejects(stat(outbox));
  });

  test("that was damaged on its way, or is for another machine, says so and changes nothing", async () => {
    const damaged = join(place, "damaged");
    await cp(bundle, damaged, { recursive: true });
    await writeFile(join(damaged, "app/package.json"), "{}");
    const { code, output } = await alone(`sh ${damaged}/install.sh`, { lang: "zh_CN.UTF-8" });
    assert.equal(code, 1);
    assert.match(output, /^QZ_BUNDLE_DAMAGED 安装包中有文件缺失或被改动：app\/package\.json/);
    const release = await readFile(join(damaged, "release"), "utf8");
    await writeFile(join(damaged, "release"), release.replace(/machine=.*/, "machine=s390x"));
    const foreign = await alone(`sh ${damaged}/install.sh`, { lang: "zh_CN.UTF-8" });
    assert.match(foreign.output, /^QZ_BUNDLE_MACHINE 本安装包适用于 s390x 处理器/);
    await assert.rejects(stat(join(place, "home/qianzhi")));
  });
});
