import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { verifyLedger } from "../../src/index.ts";
import { openEmbedded } from "../support/embedded.ts";
import { httpPlatform } from "../support/http-platform.ts";
import { keyText, persons, temporaryDirectory } from "../support/site.ts";

const script = fileURLToPath(new URL("../support/publishing-process.js", import.meta.url));
const privateKey = generateKeyPairSync("ed25519").privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const RECORDS = 40;

interface Publishing {
  readonly child: ChildProcess;
  readonly durable: number[];
  readonly done: Promise<void>;
}

function publishing(directory: string, url: string, first: number): Publishing {
  const key = Buffer.from(privateKey).toString("base64");
  const child = fork(script, [directory, url, key, String(first), String(RECORDS)]);
  const durable: number[] = [];
  const done = new Promise<void>((resolve) => {
    child.on("exit", () => resolve());
    child.on("message", (message: { durable?: number; done?: boolean }) => {
      if (message.durable !== undefined) durable.push(message.durable);
      if (message.done === true) resolve();
    });
  });
  return { child, durable, done };
}

test("several processes publish into one directory while one of them is killed, whoever delivers", async (t) => {
  const directory = await temporaryDirectory(t);
  const served = await httpPlatform(t);
  const processes = [1_000, 2_000, 3_000].map((first) => publishing(directory, served.url, first));
  t.after(async () => processes.forEach(({ child }) => child.kill("SIGKILL")));
  const [victim, ...others] = processes;
  // The first to deliver is, most likely, the first one started: it dies in the middle of its work.
  while ((victim?.durable.length ?? 0) < 10) await once(victim!.child, "message");
  victim?.child.kill("SIGKILL");
  await Promise.all(processes.map(({ done }) => done));
  assert.deepEqual(
    others.map(({ durable }) => durable.length),
    [RECORDS, RECORDS],
  );
  // Another has taken delivery over, in the background.
  const durable = processes.flatMap((each) => each.durable);
  // Asked anew each time: the platform keeps no copy of a stream before its first epoch.
  const arrived = () => durable.every((id) => served.platform.copy(persons).has(keyText(id)));
  for (let waited = 0; waited < 2_400 && !arrived(); waited += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const { child } of others) child.send("end");
  await Promise.all(others.map(({ child }) => once(child, "exit")));
  assert.ok(arrived(), "everything durable has arrived");
  assert.ok(
    [...served.platform.applied.values()].every((times) => times === 1),
    "each batch once",
  );
  const exchange = await openEmbedded({ directory });
  t.after(() => exchange.close());
  assert.equal(verifyLedger(exchange.outbox.store).brokenAt, undefined);
  const [stream] = exchange.outbox.streams();
  assert.equal(stream?.sequence, exchange.outbox.batches({ limit: 1_000 }).length);
});
