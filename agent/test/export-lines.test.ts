import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { exportLines } from "../src/cli/export-lines.ts";
import type { Invocation } from "../src/cli/invocation.ts";

function* brokenOff(): Generator<readonly string[]> {
  yield ["1", "2"];
  throw new QianzhiError("QZ_STORE_CORRUPT", { path: "outbox.db" });
}

test("an exported file is whole or not there, and nothing else is touched", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-export-"));
  t.after(() => rm(directory, { recursive: true }));
  const world = { random: { bytes: (count: number) => Buffer.alloc(count, 7) } };
  const invocation = { directory, world, text: (key: string) => key } as unknown as Invocation;
  await assert.rejects(
    exportLines(invocation, "ledger.ndjson", brokenOff()),
    (error) => QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT",
  );
  assert.deepEqual(await readdir(directory), []);
  await writeFile(join(directory, "ledger.ndjson.part"), "somebody's own");
  assert.equal(await exportLines(invocation, "ledger.ndjson", [["1", "2"], ["3"]]), 3);
  await assert.rejects(
    exportLines(invocation, "ledger.ndjson", [["4"]]),
    (error) => QianzhiError.is(error) && error.details["problem"] === "export.exists",
  );
  assert.deepEqual((await readdir(directory)).sort(), ["ledger.ndjson", "ledger.ndjson.part"]);
  assert.equal(await readFile(join(directory, "ledger.ndjson"), "utf8"), "1\n2\n3\n");
});
