import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { unpackedBundle } from "../world/bundle.ts";
import { otherMachine, succeeded } from "../world/other-machine.ts";

const CLERK = 1234;
const agent = "~/qianzhi/current/bin/qianzhi";

describe("the bundle for arm64", () => {
  /** QEMU stands for the processor: the program for arm64 is run, on this machine's kernel. */
  test("is installed by an ordinary user of a Debian for arm64, and brings the first records to the platform", async (context) => {
    const made = await otherMachine({ suite: "bookworm", architecture: "arm64", packages: [] });
    if ("missing" in made) return context.skip(made.missing);
    await using machine = made;
    const bundleFor = async (platform: string): Promise<string> => {
      const folder = join(machine.folder, "opt", platform);
      await mkdir(folder);
      return (await unpackedBundle(platform, folder)).slice(machine.folder.length);
    };
    succeeded(
      await machine.run(`useradd --uid ${CLERK} --create-home --home-dir /srv/clerk clerk`),
    );
    const asClerk = { as: CLERK };

    const foreign = await bundleFor("linux-x64");
    const refused = await machine.run(`sh ${foreign}/install.sh`, {
      ...asClerk,
      lang: "zh_CN.UTF-8",
    });
    assert.equal(refused.code, 1);
    assert.match(refused.output, /^QZ_BUNDLE_MACHINE 本安装包适用于 x86_64 .*本机为 Linux aarch64/);

    const bundle = await bundleFor("linux-arm64");
    const installed = `sh ${bundle}/install.sh --check && sh ${bundle}/install.sh`;
    succeeded(await machine.run(installed, asClerk));
    const version = succeeded(await machine.run(`PATH= ${agent} --version`, asClerk));
    assert.match(version, /^\d+\.\d+\.\d+\n$/);
    const first = `cd ~/qianzhi-site
      (${agent} sandbox --port 8787 >~/sandbox.log 2>&1 &)
      until grep -q 8787 ~/sandbox.log; do sleep 1; done
      ${agent} check && ${agent} run --once --json && ${agent} compare`;
    const ran = succeeded(await machine.run(first, asClerk));
    assert.match(ran, /"accepted":2,/);
    assert.match(ran, /they agree/);
    // The one program in it that is made for a processor beside the runtime: the driver's own for Oracle before 12.1.
    const native = `cd ${bundle}/app/node_modules && ${bundle}/runtime/node -e 'require("./oracledb/build/Release/oracledb-" + require("oracledb").versionString + "-linux-arm64.node")'`;
    succeeded(await machine.run(native, asClerk));
  });
});
