import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../architecture/workspace.ts";

const skip = process.platform === "linux" ? false : "the programs of Windows are played by scripts";

test(
  "an upgrade that cannot move the newer version into place says so, starts the older one again, and can be repeated and rolled back",
  { skip },
  async () => {
    const place = await mkdtemp(join(tmpdir(), "qianzhi-windows-"));
    const [bundle, programs] = [join(place, "bundle"), join(place, "Programs")];
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      chmodSync(path, 0o755);
    };
    try {
      cpSync(join(root, "agent/install/windows"), bundle, { recursive: true });
      write(join(bundle, "release"), "version=2.0.0\n");
      execFileSync(
        "sh",
        [
          "-c",
          "find . -type f ! -name SHA256SUMS | xargs sha256sum | sed 's# \\./# #' >SHA256SUMS",
        ],
        { cwd: bundle },
      );
      write(join(programs, "Qianzhi/program/release"), "version=1.0.0\n");
      // While the data are backed up somebody takes the newer version away.
      const arriving = join(programs, "Qianzhi/arriving");
      write(
        join(programs, "Qianzhi/program/runtime/node.exe"),
        `#!/bin/sh\nrm -rf '${arriving}'\n`,
      );
      write(join(place, "data/Qianzhi/data/outbox.db"), "");
      const asked = join(place, "asked");
      write(
        join(place, "System/System32/sc.exe"),
        `#!/bin/sh\necho "$1" >>'${asked}'\ncase $1 in stop) touch '${place}/stopped' ;; start) rm '${place}/stopped' ;; esac
[ -e '${place}/stopped' ] && echo 'STATE : 1  STOPPED' || echo 'STATE : 4  RUNNING'\n`,
      );
      write(join(place, "System/System32/icacls.exe"), "#!/bin/sh\n");
      const install = (...words: string[]) =>
        spawnSync(process.execPath, ["installer/install.mjs", ...words], {
          cwd: bundle,
          encoding: "utf8",
          env: {
            LANG: "C",
            ProgramFiles: programs,
            ProgramData: join(place, "data"),
            SystemRoot: join(place, "System"),
          },
        });
      const { status, stderr } = install();
      assert.equal(status, 1);
      assert.match(stderr, /^QZ_INSTALL_FAILED .*arriving is in use/);
      const release = join(programs, "Qianzhi/program/release");
      assert.equal(readFileSync(release, "utf8"), "version=1.0.0\n");
      assert.equal(readFileSync(asked, "utf8").trimEnd().split("\n").at(-1), "start");
      write(join(programs, "Qianzhi/program/runtime/node.exe"), "#!/bin/sh\n");
      for (const [words, version] of [
        [[], "2.0.0"],
        [["/rollback"], "1.0.0"],
      ] as const) {
        const ended = install(...words);
        assert.equal(ended.status, 0, ended.stderr);
        assert.equal(readFileSync(release, "utf8"), `version=${version}\n`);
      }
    } finally {
      await rm(place, { recursive: true });
    }
  },
);
