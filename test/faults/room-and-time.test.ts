import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readPipelineState, siteStatus, type Site } from "@qianzhi/agent";
import type { ErrorCode } from "@qianzhi/sdk";
import { numbersSite, until, type NumbersSite } from "./numbers-site.ts";

const MIB = 2 ** 20;
const DAY_MS = 24 * 3_600_000;

/** The pipeline has stopped for this reason, as `status` says too. */
const stoppedBy = (site: Site, code: ErrorCode) => (): boolean =>
  readPipelineState(site.store, "number").lastError?.code === code &&
  siteStatus(site.config, site.outbox).issues.some((issue) => issue.code === code);

const delivered = (site: Site) => (): boolean =>
  site.outbox.waiting().batches === 0 && readPipelineState(site.store, "number").lastError === null;

/** Time passes until the copy has caught up, whatever each part waits for. */
async function catchUp({ clock, legacy, platform }: NumbersSite, site: Site): Promise<void> {
  const rows = (): number => legacy.prepare<{ n: number }>("SELECT count(*) AS n FROM t").get()!.n;
  await until(() => {
    clock.monotonicMs += 1_000;
    return delivered(site)() && platform.resourceDigest("number").count === rows();
  }, "it does not catch up");
}

const change = (from: number): string =>
  `UPDATE t SET value = -value WHERE id % 20 = 0; DELETE FROM t WHERE id % 20 = 1 AND id < ${from};
   INSERT INTO t (id, value) SELECT id + ${from}, value FROM t WHERE id % 4 = 0`;

test("I1, I7: a platform that is down while the source produces more than the outbox may hold stops reading, until it is back", async (context) => {
  const maxBytes = 10_000;
  const numbers = await numbersSite(context, { rows: 5_000, maxBytes });
  const { network, clock, legacy } = numbers;
  const site = await numbers.start();
  network.isDown = true;
  await numbers.running(site, async () => {
    await until(stoppedBy(site, "QZ_OUTBOX_FULL"), "the outbox is not full");
    const { bytes } = site.outbox.waiting();
    assert.ok(bytes > maxBytes / 2 && bytes <= maxBytes, String(bytes));
    legacy.exec(change(10_000));
    // A week passes; whatever is tried meanwhile, it holds no more than it may.
    for (let hour = 0; hour < 24 * 7; hour += 24) {
      clock.monotonicMs += DAY_MS;
      clock.wallMs += DAY_MS;
      await until(stoppedBy(site, "QZ_OUTBOX_FULL"), "the outbox is not full any more");
      assert.ok(site.outbox.waiting().bytes <= maxBytes);
    }
    network.isDown = false;
    await catchUp(numbers, site);
  });
  numbers.assertEqual();
  const { changes } = site.outbox.streams()[0]!;
  assert.equal(changes.sealed, changes.accepted);
});

/** Mounts a disk of that size and answers where, or says why it cannot. */
function mountDisk(megabytes: number): { readonly folder: string } | { readonly missing: string } {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return { missing: "a small disk can be mounted by root on Linux only" };
  const folder = mkdtempSync(join(tmpdir(), "qianzhi-disk-"));
  try {
    const options = `size=${megabytes}m,mode=700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
    return { folder };
  } catch {
    return { missing: "tmpfs cannot be mounted here" };
  }
}

function takeAllBut(disk: string, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(disk);
  const bytes = Math.max(0, bavail * bsize - leftBytes);
  writeFileSync(join(disk, `others-${bytes}`), Buffer.alloc(bytes));
}

test("I1, I7: a disk that fills up stops reading and says so, delivery goes on, and reading does when there is room", async (context) => {
  const mounted = mountDisk(128);
  if ("missing" in mounted) return context.skip(mounted.missing);
  const disk = mounted.folder;
  const numbers = await numbersSite(context, { rows: 1_000, data: join(disk, "data") });
  // Hooks run in the order in which they are registered: the site is closed before.
  context.after(() => {
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true });
  });
  const { network, legacy } = numbers;
  const site = await numbers.start();
  await numbers.running(site, async () => {
    await catchUp(numbers, site);
    network.isDown = true;
    // Somebody else takes all but a little of the disk while the platform is away, and the source goes on.
    takeAllBut(disk, MIB / 4);
    for (let round = 1; !stoppedBy(site, "QZ_DISK_FULL")(); round += 1) {
      assert.ok(round < 100, "the disk is not full");
      legacy.exec("UPDATE t SET value = value + 1");
      const { sealed } = site.outbox.streams()[0]!.changes;
      await until(
        () =>
          site.outbox.streams()[0]!.changes.sealed >= sealed + 1_000 ||
          stoppedBy(site, "QZ_DISK_FULL")(),
        "nothing is sealed",
      );
    }
    // What is recorded of deliveries has but the reserve to be written into.
    takeAllBut(disk, 0);
    assert.equal(site.store.reserve.held, true);
    network.isDown = false;
    await until(() => {
      numbers.clock.monotonicMs += 1_000;
      return site.outbox.waiting().batches === 0;
    }, "it is not delivered");
    assert.equal(site.store.reserve.held, false);
    for (const name of readdirSync(disk).filter((each) => each.startsWith("others")))
      rmSync(join(disk, name));
    await catchUp(numbers, site);
  });
  numbers.assertEqual();
  assert.equal(site.store.reserve.held, true);
  assert.deepEqual(siteStatus(site.config, site.outbox).issues, []);
});

for (const mode of ["diff", "cursor"] as const)
  test(`I1, I9: a wall clock that is set forth and back while rows change loses nothing and stops nothing, in mode ${mode}`, async (context) => {
    const numbers = await numbersSite(context, {
      rows: 500,
      // Times of day, as the schedule names them: the wall clock decides.
      pipeline: { mode, schedule: "* * * * * *", ...(mode === "cursor" && { cursor: "at" }) },
    });
    const { clock, legacy } = numbers;
    const site = await numbers.start();
    await numbers.running(site, async () => {
      for (const [step, wallMs] of [0, 40 * DAY_MS, -40 * DAY_MS, 3_600_000, 0].entries()) {
        clock.wallMs = wallMs;
        legacy.exec(
          `UPDATE t SET value = -value, at = datetime('now', '+8 hours') WHERE id % 7 = ${step};
           INSERT INTO t (id, value) VALUES (${1_000 + step}, ${step})`,
        );
        await until(
          () => numbers.platform.resourceDigest("number").count === 501 + step,
          `nothing comes through after the clock was set by ${wallMs} ms`,
        );
      }
      await until(numbers.isEqual, "the copy does not become the source's");
    });
  });

test("I1: an agent whose data file cannot be used for a while does not end, and goes on when it can", async (context) => {
  const numbers = await numbersSite(context, { rows: 100 });
  const { files, clock, legacy } = numbers;
  const site = await numbers.start();
  await numbers.running(site, async () => {
    await catchUp(numbers, site);
    files.areOut = true;
    for (let minute = 0; minute < 10; minute += 1) {
      clock.monotonicMs += 60_000;
      await delay(20);
    }
    // Longer than any part of the agent sleeps before it looks again.
    await delay(6_000);
    files.areOut = false;
    legacy.exec(change(1_000));
    await until(() => {
      clock.monotonicMs += 10_000;
      return numbers.isEqual();
    }, "it does not go on");
  });
});
