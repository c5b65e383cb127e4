import assert from "node:assert/strict";
import type { ConformanceHarness } from "./harness.ts";
import type { TestLock, TestSession, TestTable } from "./test-type.ts";

/** A session of the legacy system for one case, closed on every path. */
export async function withSession<T>(
  harness: ConformanceHarness,
  use: (session: TestSession) => Promise<T>,
): Promise<T> {
  assert.ok(harness.session, "the harness opens sessions");
  const session = await harness.session();
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** Holds the table locked for one part of a case, and frees it on every path. */
export async function withLock<T>(
  harness: ConformanceHarness,
  table: TestTable,
  use: (lock: TestLock) => Promise<T>,
): Promise<T> {
  assert.ok(harness.block, "the harness locks tables");
  const lock = await harness.block(table);
  let held = true;
  const release = async () => {
    if (held) await lock.release();
    held = false;
  };
  try {
    return await use({ release });
  } finally {
    await release();
  }
}
