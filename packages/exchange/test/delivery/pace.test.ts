import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";
import { memoryPlatform } from "../support/memory-platform.ts";
import { openSite, temporaryDirectory } from "../support/site.ts";

const minuteMs = 60_000;

/** Minutes of an hour in which delivery tries to send a batch that is always answered so. */
async function triesOf(t: TestContext, code: ErrorCode): Promise<readonly number[]> {
  const site = await openSite({ directory: await temporaryDirectory(t) });
  t.after(() => site.close());
  const platform = memoryPlatform();
  const { clock, timers } = site.world;
  const begun = clock.now();
  const tries: number[] = [];
  platform.before = () => {
    tries.push((clock.now() - begun) / minuteMs);
    throw new QianzhiError(code);
  };
  await site.seal({ upserts: [[1, "a"]] });
  const delivery = site.delivery(platform);
  delivery.start();
  await site.world.run(timers.sleep(60 * minuteMs));
  await site.world.run(delivery.stop());
  return tries;
}

test("a platform that cannot be reached is tried within seconds, and at least once a minute however long it lasts", async (t) => {
  const tries = await triesOf(t, "QZ_PLATFORM_UNREACHABLE");
  assert.ok(tries.filter((at) => at < 0.25).length >= 3, `${tries.join()}`);
  assert.ok(tries.length > 60 && tries.length < 140, `${tries.length} tries`);
});

for (const code of ["QZ_SIGNATURE_INVALID", "QZ_NOT_ALLOWED", "QZ_PROXY_REFUSED"] as const)
  test(`a refusal that a person has to mend is tried a few times an hour: ${code}`, async (t) => {
    const tries = await triesOf(t, code);
    assert.ok(tries.length >= 4 && tries.length <= 9, `${tries.join()}`);
  });
