import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { memoryPlatform } from "../support/memory-platform.ts";
import { openSite, temporaryDirectory } from "../support/site.ts";

const MIB = 1 << 20;

/** Mounts a small file system, or says why it cannot. */
function mount(directory: string): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "a small disk can be mounted by root on Linux only";
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", directory], {
      stdio: "pipe",
    });
    return undefined;
  } catch {
    return "tmpfs cannot be mounted here";
  }
}

test("a full disk stops sealing and says so; delivery goes on, and makes room for sealing again", async (t) => {
  const opened: (() => void)[] = [];
  // Hooks run in the order in which they were registered: the directory is removed after it is unmounted.
  t.after(() => opened.reverse().forEach((close) => close()));
  const directory = await temporaryDirectory(t);
  const obstacle = mount(directory);
  if (obstacle !== undefined) return t.skip(obstacle);
  opened.push(() => execFileSync("umount", ["-l", directory]));
  const data = join(directory, "data");
  const limits = { reserveBytes: 4 * MIB, walBytes: 2 * MIB, retainDeliveredMs: 0 };
  const site = await openSite({ directory: data, limits });
  opened.push(() => site.close());
  const body = (): string => Buffer.from(site.world.random.bytes(100_000)).toString("base64");
  let sealed = 0;
  await assert.rejects(
    async () => {
      for (; ; sealed += 1) await site.seal({ upserts: [[sealed, body()]] });
    },
    (error) => QianzhiError.is(error) && error.code === "QZ_DISK_FULL",
  );
  assert.ok(sealed > 20, String(sealed));
  assert.ok(site.store.reserve.held, "the reserve is delivery's");
  // Somebody else takes the very last bytes.
  const left = statfsSync(directory);
  writeFileSync(
    join(directory, "other"),
    Buffer.alloc(Math.max(0, (left.bavail - 1) * left.bsize)),
  );
  const platform = memoryPlatform();
  await site.drain(platform);
  assert.equal(site.outbox.waiting().batches, 0);
  assert.equal([...platform.applied.values()].length, sealed);
  // What was delivered gives its space back, so that sealing resumes although the disk is as full as before.
  await site.seal({ upserts: [[1, "again"]] });
  assert.ok(site.store.reserve.held);
  assert.ok(readdirSync(data).includes("reserve"));
  const {
    sealed: all,
    accepted,
    waiting,
  } = site.outbox.streams()[0]?.changes ?? { sealed: 0, accepted: 0, waiting: 0 };
  assert.equal(all, accepted + waiting);
});
