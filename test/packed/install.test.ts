import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../architecture/workspace.ts";

const skip = process.platform === "linux" ? false : "install.sh is for Linux";

describe("the installer, with the bundle of a version that is installed", { skip }, () => {
  let place: string;
  const bundle = (): string => join(place, "bundle");
  const program = (): string => join(place, "prefix/releases/1.0.0/app/program.js");

  /** A bundle of nothing but what the installer itself looks at. */
  function make(text: string): void {
    for (const folder of ["app", "bin", "runtime"])
      mkdirSync(join(bundle(), folder), { recursive: true });
    const own = join(root, "agent/install/linux");
    for (const name of ["install.sh", "qianzhi.service"])
      copyFileSync(join(own, name), join(bundle(), name));
    writeFileSync(join(bundle(), "release"), `version=1.0.0\nmachine=$(uname -m)\n`);
    writeFileSync(join(bundle(), "app/program.js"), text);
    for (const name of ["bin/qianzhi", "runtime/node"]) {
      writeFileSync(join(bundle(), name), "#!/bin/sh\nexit 0\n");
      chmodSync(join(bundle(), name), 0o755);
    }
    execFileSync("sh", ["-c", "find . -type f ! -name SHA256SUMS | xargs sha256sum >SHA256SUMS"], {
      cwd: bundle(),
    });
  }

  function install(lang: string): string {
    const places = ["--prefix", join(place, "prefix"), "--site", join(place, "site")];
    const env = { ...process.env, LC_ALL: lang };
    const user = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();
    return execFileSync("sh", ["install.sh", "--no-service", "--user", user, ...places], {
      cwd: bundle(),
      env,
      encoding: "utf8",
    });
  }

  before(async () => {
    place = await mkdtemp(join(tmpdir(), "qianzhi-install-"));
    mkdirSync(join(place, "site"));
    writeFileSync(join(place, "site/qianzhi.yaml"), "");
    make("one");
  });
  after(() => rm(place, { recursive: true }));

  test("leaves whole files as they are, and says so in the operator's language", () => {
    assert.doesNotMatch(install("C"), /installed already/);
    assert.match(install("C"), /1\.0\.0 is installed already; its files are whole and stay/);
    assert.match(install("zh_CN.UTF-8"), /版本 1\.0\.0 已经安装，文件完整，保持不变/);
  });

  test("mends files that were damaged, and replaces those of another build", () => {
    writeFileSync(program(), "damaged");
    assert.match(install("C"), /not those of this bundle: they are replaced/);
    assert.equal(readFileSync(program(), "utf8"), "one");
    make("two");
    assert.match(install("zh_CN.UTF-8"), /文件与本安装包不一致，现予替换/);
    assert.equal(readFileSync(program(), "utf8"), "two");
  });

  const noRoot = process.geteuid?.() === 0 ? false : "only root installs a service";
  test(
    "knows by the service where it is, also when its command was changed",
    { skip: noRoot },
    () => {
      const unit = join(place, "qianzhi.service");
      const script = join(bundle(), "install.sh");
      const text = readFileSync(script, "utf8");
      writeFileSync(script, text.replace("/etc/systemd/system/qianzhi.service", unit));
      const placesBy = (command: string): string => {
        writeFileSync(unit, `[Service]\nUser=reader\nWorkingDirectory=/srv/site\n${command}\n`);
        const env = { ...process.env, LC_ALL: "C" };
        const help = execFileSync("sh", ["install.sh", "--help"], {
          cwd: bundle(),
          env,
          encoding: "utf8",
        });
        return /^Program: .*/m.exec(help)?.[0] ?? help;
      };
      const at = (prefix: string) =>
        `Program: ${prefix}   Site (configuration, keys, data): /srv/site`;
      for (const more of ["", " --verbose"])
        assert.equal(
          placesBy(`ExecStart=/srv/program/current/bin/qianzhi run${more}`),
          at("/srv/program"),
        );
      assert.equal(placesBy("ExecStart=/srv/wrapper"), at("/opt/qianzhi"));
    },
  );
});
