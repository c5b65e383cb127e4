import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { nonce, openPlatform, record, send, stream } from "./bed.ts";

const request = { resource: "person", instance: "i1", nonce };

/** The code and position with which opening an epoch is refused. */
function refusal(open: () => unknown): { readonly code: string; readonly position: unknown } {
  try {
    open();
  } catch (error) {
    if (QianzhiError.is(error)) return { code: error.code, position: error.details["position"] };
    throw error;
  }
  return assert.fail("the epoch was opened");
}

test("opening the epoch in force again answers where it stands, and ends nothing", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1")] });
  const again = platform.openEpoch(stream, { ...request, expected: 0, epoch: 1 });
  assert.equal(again.sequence, 1);
  assert.deepEqual(again, platform.position(stream));
});

test("an epoch must be above the one in force, which the site must name", () => {
  const platform = openPlatform();
  const position = platform.position(stream);
  const other = "b".repeat(64);
  for (const [expected, epoch] of [
    [1, 1],
    [0, 2],
    [2, 3],
  ] as const) {
    const found = refusal(() =>
      platform.openEpoch(stream, { ...request, nonce: other, expected, epoch }),
    );
    assert.deepEqual(found, { code: "QZ_EPOCH_OLD", position });
  }
  assert.deepEqual(platform.position(stream), position);
  assert.equal(platform.openEpoch(stream, { ...request, expected: 1, epoch: 9 }).epoch, 9);
});

test("an instance that does not know the epoch in force is fenced; one that names it takes over", () => {
  const platform = openPlatform();
  const second = { ...request, instance: "i2", nonce: "c".repeat(64) };
  assert.equal(
    refusal(() => platform.openEpoch(stream, { ...second, expected: 0, epoch: 5 })).code,
    "QZ_SITE_TAKEN",
  );
  assert.equal(
    refusal(() => platform.openEpoch(stream, { ...second, expected: 1, epoch: 1 })).code,
    "QZ_EPOCH_OLD",
  );
  assert.equal(platform.openEpoch(stream, { ...second, expected: 1, epoch: 2 }).instance, "i2");
  assert.equal(
    refusal(() => platform.openEpoch(stream, { ...request, expected: 1, epoch: 3 })).code,
    "QZ_SITE_TAKEN",
  );
});

test("records stay when an epoch ends, and the digest goes on from them", () => {
  const platform = openPlatform();
  send(platform, { upserts: [record("1")] });
  const before = platform.digest(stream);
  platform.openEpoch(stream, { ...request, expected: 1, epoch: 2 });
  assert.deepEqual(platform.digest(stream), { ...before, epoch: 2, sequence: 0 });
});

test("a stream is unknown until its first epoch, and none is opened for a resource or site that may not", () => {
  const platform = openPlatform();
  const other = { ...stream, pipeline: "p2" };
  assert.equal(platform.position(other), undefined);
  assert.deepEqual(
    refusal(() => platform.openEpoch(other, { ...request, expected: 4, epoch: 5 })),
    {
      code: "QZ_EPOCH_OLD",
      position: undefined,
    },
  );
  const unknown = { ...stream, resource: "nothing" };
  assert.equal(
    refusal(() => platform.openEpoch(unknown, { ...request, expected: 0, epoch: 1 })).code,
    "QZ_RESOURCE_UNKNOWN",
  );
  const stranger = { ...stream, site: "tax" };
  assert.equal(
    refusal(() => platform.openEpoch(stranger, { ...request, expected: 0, epoch: 1 })).code,
    "QZ_NOT_ALLOWED",
  );
});
