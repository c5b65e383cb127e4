import assert from "node:assert/strict";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { keepWithdrawn } from "../src/run/keep-withdrawn.ts";

test("what may not be shared any more is withdrawn beside the polls, again and again, and nothing else", async () => {
  const ending = new AbortController();
  const denied = new QianzhiError("QZ_POLICY_WITHHELD", { resource: "person", problem: "ended" });
  const withdrawn: string[] = [];
  const runner = (name: string, denial: QianzhiError | undefined) => ({
    denied: () => denial,
    withdraw: async () => void withdrawn.push(name),
  });
  let looks = 0;
  const sleep = async (): Promise<void> => {
    looks += 1;
    if (looks === 3) ending.abort();
  };
  const site = { store: { world: { timers: { sleep } } } } as unknown as Parameters<
    typeof keepWithdrawn
  >[0];
  await keepWithdrawn(site, [runner("ended", denied), runner("shared", undefined)], ending.signal);
  assert.deepEqual(withdrawn, ["ended", "ended"]);
});
