import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { QianzhiError, type ErrorCode, type SealedBatch, type Target } from "@qianzhi/sdk";
import { httpTarget, realWorld, type HttpTargetOptions } from "../../src/index.ts";

export const privateKey = generateKeyPairSync("ed25519").privateKey.export({
  type: "pkcs8",
  format: "pem",
}) as string;
export const signal: AbortSignal = new AbortController().signal;
export const CANARY = "500108199001011234";

type After = { after(work: () => Promise<void>): void };

export function target(t: After, options: Partial<HttpTargetOptions> & { url: string }): Target {
  const made = httpTarget({
    site: "site-1",
    keyId: "main",
    privateKey,
    timeoutMs: 5_000,
    world: realWorld(),
    ...options,
  });
  t.after(() => made.close());
  return made;
}

export const batch = (): SealedBatch => {
  const manifest = {
    protocol: "qianzhi/1",
    site: "site-1",
    pipeline: "persons",
    epoch: 1,
    sequence: 1,
    predecessor: "0".repeat(64),
    resource: "person",
    version: "1.0.0",
    deletes: 0,
    upserts: 1,
  } as const;
  const body = Buffer.from(
    `${JSON.stringify(manifest)}\n{"op":"upsert","record":{"id":"${CANARY}"}}\n`,
  );
  const digest = createHash("sha256").update(body).digest("hex");
  return { manifest, body, digest, uncompressedBytes: body.length, encoding: "identity" };
};

export async function fails(
  work: Promise<unknown>,
  code: ErrorCode,
  details: Record<string, unknown> = {},
): Promise<QianzhiError> {
  const error = await work.then(
    () => assert.fail(`${code} was expected`),
    (thrown: unknown) => thrown,
  );
  assert.ok(QianzhiError.is(error), String(error));
  assert.equal(error.code, code, String(error.cause));
  for (const [name, value] of Object.entries(details))
    assert.equal(error.details[name], value, name);
  const everything = JSON.stringify([
    error.message,
    error.hint,
    error.details,
    String(error.cause),
    error.stack,
  ]);
  assert.ok(!everything.includes(CANARY), "a source value is in the error");
  assert.ok(!everything.includes("PRIVATE KEY"), "a key is in the error");
  return error;
}
