import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSandbox, type Sandbox } from "@qianzhi/sandbox";

const script = fileURLToPath(new URL("../src/verify-digest.js", import.meta.url));
const nonce = "0".repeat(64);

function verify(url: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, url, "division"], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
  });
}

/** Two batches from one site; the second deletes a record, and page boundaries fall within them. */
function fill({ platform }: Sandbox): void {
  platform.catalog.publish(
    JSON.stringify({
      apiVersion: "qianzhi/v1",
      kind: "Resource",
      code: "307001001/000001",
      identifier: "division",
      name: "行政区划",
      version: "1.0.0",
      provider: { name: "民政局", code: "11500000009275884X" },
      share: { type: "unconditional" },
      updateCycle: "yearly",
      key: ["code", "area"],
      items: [
        { identifier: "code", name: "代码", type: "string", maxLength: 12 },
        { identifier: "area", name: "区域", type: "integer" },
        { identifier: "name", name: "名称", type: "string", maxLength: 50 },
        { identifier: "ratio", name: "占比", type: "double" },
      ],
    }),
  );
  platform.sites.grant("civil", "division");
  const stream = { resource: "division", site: "civil", pipeline: "all" };
  platform.openEpoch(stream, { resource: "division", expected: 0, epoch: 1, instance: "i", nonce });
  const records = Array.from({ length: 6000 }, (_, i) =>
    JSON.stringify({ area: i, code: String(i), name: `区划“${i}”\t`, ratio: i / 7 }),
  );
  platform.ingest(batch(1, nonce, [], records));
  platform.ingest(batch(2, platform.position(stream)!.digest, ['{"area":3,"code":"3"}'], []));
}

function batch(
  sequence: number,
  predecessor: string,
  deletes: readonly string[],
  upserts: readonly string[],
): Uint8Array {
  const manifest = {
    protocol: "qianzhi/1",
    site: "civil",
    pipeline: "all",
    epoch: 1,
    sequence,
    predecessor,
    resource: "division",
    version: "1.0.0",
    deletes: deletes.length,
    upserts: upserts.length,
  };
  const lines = [
    JSON.stringify(manifest),
    ...deletes.map((key) => `{"op":"delete","key":${key}}`),
    ...upserts.map((record) => `{"op":"upsert","record":${record}}`),
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(""));
}

test("the digest recomputed from an export is the platform's", async () => {
  await using sandbox = await startSandbox({ port: 0 });
  fill(sandbox);
  const { code, output } = await verify(sandbox.url);
  assert.match(output, /recomputed 5999 records/);
  assert.equal(code, 0, output);
});

test("a platform that is not there is an error, not a proof", async () => {
  const { code } = await verify("http://127.0.0.1:1");
  assert.notEqual(code, 0);
});
