import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { root } from "../architecture/workspace.ts";
import type { Ended } from "../runtime/run-program.ts";
import { bundleOfVersion, unpackedBundle } from "../world/bundle.ts";
import { otherMachine, succeeded, type OtherMachine } from "../world/other-machine.ts";

const SITE = "/var/lib/qianzhi";
const packages = ["systemd", "systemd-sysv", "dbus", "iproute2", "procps", "mariadb-server"];

/** A Debian 12 whose process 1 is systemd, without a network: what docs/deploy.md says is done there, word by word. */
describe("the bundle on a machine with systemd", () => {
  let machine: OtherMachine | undefined;
  let missing: string | undefined;
  let bundle: string;

  before(async () => {
    const made = await otherMachine({ suite: "bookworm", packages, boots: true });
    if ("missing" in made) {
      missing = made.missing;
      return;
    }
    machine = made;
    bundle = await unpackedBundle("linux-x64", join(made.folder, "srv"));
  });
  after(() => machine?.[Symbol.asyncDispose]());

  const here = (): OtherMachine => machine as OtherMachine;
  const sh = (script: string, lang?: string): Promise<Ended> =>
    here().run(script, lang === undefined ? {} : { lang });
  const install = (from: string, words = "", lang?: string): Promise<Ended> =>
    sh(`sh ${from.slice(here().folder.length)}/install.sh ${words}`, lang);
  const property = async (name: string): Promise<string> =>
    (await sh(`systemctl show --property=${name} --value qianzhi`)).output.trim();
  /** Until `qianzhi status` says it, for a minute at most. */
  const status = async (what: string): Promise<void> => {
    const script = `n=0; until qianzhi status | grep -q '${what}'; do n=$((n + 1)); [ $n -lt 120 ] || { qianzhi status; exit 1; }; sleep 0.5; done`;
    succeeded(await sh(script));
  };
  const sandbox = async (): Promise<void> => {
    succeeded(
      await sh(`systemd-run --quiet --collect --unit=sandbox-$$ --uid=qianzhi qianzhi sandbox --port 8787 &&
        until ss -ltn | grep -q :8787; do sleep 0.2; done`),
    );
  };

  test("is installed and started by the words of the guide, and brings the first records to the platform", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    succeeded(await install(bundle, "--check"));
    succeeded(await install(bundle));
    await sandbox();
    const guide = await readFile(join(root, "docs/deploy.md"), "utf8");
    const words = /^qianzhi check && systemctl start qianzhi.*$/m.exec(guide)?.[0];
    assert.ok(words);
    await sh(words);
    await status("persons  running.*quarantined 1");
    assert.equal(await property("ActiveState"), "active");
    assert.equal((await sh(`stat -c %a ${SITE}`)).output.trim(), "700");
  });

  test("has a service that systemd finds nothing wrong with where it is installed, and exposed to little", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    assert.deepEqual(await sh("cd /; systemd-analyze verify qianzhi.service"), {
      code: 0,
      output: "",
    });
    const { output } = await sh("systemd-analyze security --no-pager qianzhi.service");
    const score = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(output)?.[1]);
    assert.ok(score <= 2, output);
  });

  test("goes on after it was killed, and after the machine was started anew", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const killed = await property("MainPID");
    succeeded(
      await sh(
        `kill -9 ${killed}; until [ "$(systemctl show --property=NRestarts --value qianzhi)" = 1 ]; do sleep 0.5; done`,
      ),
    );
    assert.notEqual(await property("MainPID"), killed);
    const boot = (await sh("cat /run/booted")).output;
    assert.notEqual(boot, "before");
    succeeded(await sh("echo before >/run/booted; systemctl reboot"));
    for (
      let look = 0;
      (await sh("test ! -e /run/booted && systemctl is-active qianzhi")).code !== 0;
      look += 1
    ) {
      assert.ok(look < 300, "the machine or the service does not come back");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await status("QZ_PLATFORM_UNREACHABLE");
    await sandbox();
    await status("persons  running.*lag [0-9]* s");
  });

  test("reads by TCP and by a local socket what a department adds, under all that is closed to it", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    succeeded(
      await sh(`systemctl start mariadb && mysql --default-character-set=utf8mb4 <<'SQL'
      SET GLOBAL time_zone = '+08:00'; SET time_zone = '+08:00'; CREATE DATABASE hr CHARACTER SET utf8mb4; USE hr;
      CREATE TABLE rkxx (sfzh CHAR(18) PRIMARY KEY, xm VARCHAR(50), xb VARCHAR(10), csrq CHAR(8), zxbz INT NOT NULL, gxsj DATETIME NOT NULL, KEY (gxsj, sfzh));
      CREATE USER reader@127.0.0.1 IDENTIFIED BY 'Reader-1', qianzhi@localhost IDENTIFIED VIA unix_socket;
      GRANT SELECT ON hr.* TO reader@127.0.0.1, qianzhi@localhost; GRANT PROCESS ON *.* TO reader@127.0.0.1, qianzhi@localhost;
SQL
      cp -p ${SITE}/qianzhi.yaml /srv/sample.yaml
      printf Reader-1 >${SITE}/secrets/reader && chown qianzhi: ${SITE}/secrets/reader && chmod 600 ${SITE}/secrets/reader`),
    );
    const added = async (key: string, rows: number, options: string): Promise<void> => {
      await configure("mysql", options);
      succeeded(
        await sh(`mysql --default-character-set=utf8mb4 hr -e "SET time_zone = '+08:00'; INSERT INTO rkxx VALUES ('${key}', '冉一', '男', '19900101', 0, NOW())"
        n=0; until qianzhi compare | grep -q '^persons: ${rows} source rows, all equal'; do n=$((n + 1)); [ $n -lt 60 ] || { qianzhi compare; qianzhi status; exit 1; }; sleep 1; done`),
      );
    };
    await added(
      "500101199001010018",
      1,
      "{ host: 127.0.0.1, database: hr, user: reader, password: { file: ./secrets/reader } }",
    );
    await added(
      "500103199001010010",
      2,
      '{ socketPath: /run/mysqld/mysqld.sock, database: hr, user: qianzhi, password: "" }',
    );
  });

  test("says what it needs for an SQLite file in WAL mode, and reads it when it has that", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const folder = "/srv/legacy";
    succeeded(
      await sh(
        `mkdir ${folder} && cp ${SITE}/sample.db ${folder}/app.db && chgrp -R qianzhi ${folder} && chmod 770 ${folder} && chmod 660 ${folder}/app.db`,
      ),
    );
    const database = await openDatabase(join(here().folder, folder, "app.db"));
    database.exec(
      "PRAGMA journal_mode = wal; UPDATE rkxx SET gxsj = datetime('now', '+8 hours', '-1 minute')",
    );
    database.close();
    await configure("sqlite", `{ path: ${folder}/app.db }`);
    await status("QZ_SOURCE_DENIED");
    succeeded(
      await sh(
        `mkdir -p /etc/systemd/system/qianzhi.service.d && printf '[Service]\\nReadWritePaths=${folder}\\n' >/etc/systemd/system/qianzhi.service.d/legacy.conf && systemctl daemon-reload && systemctl restart qianzhi`,
      ),
    );
    await status("persons  running");
    assert.doesNotMatch((await sh("qianzhi status")).output, /QZ_SOURCE_DENIED/);
  });

  test("has a journal without a value of a record", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const { output } = await sh("journalctl --unit=qianzhi --no-pager");
    assert.match(output, /The agent runs: 1 pipeline/);
    assert.doesNotMatch(output, /510102|500101|冉|欧阳|Reader-1/);
  });

  test("is backed up while it runs, restored while it stands still, and goes on", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    succeeded(
      await sh(`install -d -o qianzhi -m 700 /mnt/disk && qianzhi backup /mnt/disk/qianzhi-1124`),
    );
    const early = await sh("qianzhi restore /mnt/disk/qianzhi-1124");
    assert.match(early.output, /^QZ_STORE_LOCKED/);
    succeeded(
      await sh(
        "systemctl stop qianzhi && qianzhi restore /mnt/disk/qianzhi-1124 && systemctl start qianzhi",
      ),
    );
    await status("persons  running");
  });

  test("is upgraded in place, and rolled back with its data while the newer one fails again and again", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const newer = await bundleOfVersion(bundle, "9.0.0");
    assert.match(succeeded(await install(newer, "", "zh_CN.UTF-8")), /正在从 .* 升级到 9\.0\.0。/);
    assert.equal(await property("ActiveState"), "active");
    succeeded(await sh("systemctl stop qianzhi"));
    const database = await openDatabase(join(here().folder, SITE, "data/outbox.db"));
    database.exec("UPDATE schema_part SET version = version + 100");
    database.close();
    succeeded(
      await sh(
        `chown -R qianzhi: ${SITE}/data; systemctl start qianzhi; until systemctl show --property=SubState --value qianzhi | grep -q auto-restart; do sleep 0.2; done`,
      ),
    );
    const back = succeeded(await install(newer, "--rollback"));
    assert.match(back, /The data directory is as it was at [^]*Back from 9\.0\.0/);
    // It was not left to the next attempt of the failing one.
    assert.equal(await property("ActiveState"), "active");
    assert.equal(await property("NRestarts"), "0");
    await status("persons  running");
    const again = await install(newer, "--rollback");
    assert.match(again.output, /^QZ_USAGE There is no version before/);
  });

  test("is removed: the program alone, then the site too, also while somebody uses its account", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    succeeded(await install(bundle, "--uninstall"));
    assert.notEqual((await sh("systemctl cat qianzhi")).code, 0);
    assert.equal(
      (
        await sh(
          `test -e ${SITE}/qianzhi.yaml && test ! -e /opt/qianzhi && test ! -e /usr/local/bin/qianzhi`,
        )
      ).code,
      0,
    );
    assert.match((await install(bundle, "--uninstall")).output, /^QZ_USAGE There is no program/);
    succeeded(await install(bundle));
    const gone = succeeded(await install(bundle, "--uninstall --purge"));
    assert.match(gone, /qianzhi is still in use and is left[^]*its data are removed/);
    assert.equal((await sh(`test ! -e ${SITE}`)).code, 0);
    succeeded(await sh("systemctl stop 'sandbox-*'"));
  });

  test("on a mount of its own: upgraded and removed there without being told where", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const refused = await install(bundle, "--site /var/tmp/qianzhi", "zh_CN.UTF-8");
    assert.match(refused.output, /^QZ_USAGE 系统服务无法访问 \/var\/tmp\/qianzhi/);
    assert.equal((await sh("test ! -e /var/tmp/qianzhi && test ! -e /opt/qianzhi")).code, 0);
    succeeded(await sh("mkdir /data && mount -t tmpfs tmpfs /data"));
    succeeded(await install(bundle, "--prefix /data/program --site /data/site"));
    assert.match(await property("RequiresMountsFor"), /\/data\/site/);
    await sandbox();
    succeeded(await sh("systemctl start qianzhi"));
    await status("persons  running.*quarantined 1");
    const newer = await bundleOfVersion(bundle, "9.1.0");
    const upgraded = succeeded(await install(newer));
    assert.match(upgraded, /9\.1\.0 is in \/data\/program, its site in \/data\/site/);
    succeeded(await sh("systemctl stop 'sandbox-*'"));
    succeeded(await install(newer, "--uninstall --purge"));
    assert.equal((await sh("ls /data /opt")).output.trim(), "/data:\n\n/opt:");
  });

  /** The sample's pipeline reads another source from now on. */
  async function configure(kind: string, options: string): Promise<void> {
    const place = join(here().folder, SITE, "qianzhi.yaml");
    const sample = await readFile(join(here().folder, "srv/sample.yaml"), "utf8");
    const changed = sample
      .replace(/kind: sqlite .*/, `kind: ${kind}`)
      .replace(/options: \{ path: .*/, `options: ${options}`);
    assert.notEqual(changed, sample);
    await writeFile(place, changed);
    succeeded(await sh("systemctl restart qianzhi"));
  }
});
