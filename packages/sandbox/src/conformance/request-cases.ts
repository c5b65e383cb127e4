import assert from "node:assert/strict";
import { PROTOCOL } from "@qianzhi/sdk";
import type { Outgoing } from "./client.ts";
import { assertProblem, type PlatformCase } from "./platform-case.ts";
import { sha256, type VerificationStream } from "./stream.ts";

const digestOf = (body: Uint8Array): string =>
  `sha-256=:${Buffer.from(sha256(body), "hex").toString("base64")}:`;

const withBody = (request: Outgoing, body: Uint8Array, redigest: boolean): Outgoing => ({
  ...request,
  body,
  headers: { ...request.headers, ...(redigest ? { "content-digest": digestOf(body) } : {}) },
});

const without = (request: Outgoing, ...names: readonly string[]): Outgoing => ({
  ...request,
  headers: Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !names.includes(name)),
  ),
});

/** A batch that must not be applied, tried, and the proof that it was not. */
async function tried(
  stream: VerificationStream,
  tamper: (request: Outgoing) => Outgoing,
  expected: [number, string],
): Promise<void> {
  const bytes = stream.batch({ upserts: [stream.record("1")] });
  assertProblem(await stream.post(bytes, { tamper }), ...expected);
  assert.equal(
    (await stream.send({ upserts: [stream.record("1")] })).accepted,
    1,
    "the number was used up",
  );
}

/** What every request must be: known, whole, signed, timely and new. */
export const requestCases: readonly PlatformCase[] = [
  {
    name: "the service says which protocol, levels, limits and encodings it has",
    level: 1,
    needs: "nothing",
    async run({ client }) {
      const { status, json, headers } = await client("/v1", { as: "anyone" });
      assert.equal(status, 200);
      assert.equal(json["protocol"], PROTOCOL);
      assert.ok((json["levels"] as readonly number[]).includes(1), "level 1");
      assert.ok(["immediate", "later"].includes(json["receipts"] as string), "receipts");
      assert.ok((json["maxBatchBytes"] as number) > 0, "maxBatchBytes");
      for (const encoding of ["gzip", "identity"])
        assert.ok((json["encodings"] as readonly string[]).includes(encoding), encoding);
      assert.ok(!Number.isNaN(Date.parse(json["now"] as string)), "now");
      assert.ok(headers.has("date"), "Date");
    },
  },
  {
    name: "a batch that nobody signed is refused",
    level: 1,
    needs: "key",
    async run(bench) {
      await tried(
        await bench.stream(),
        (request) => without(request, "signature", "signature-input"),
        [401, "QZ_SIGNATURE_INVALID"],
      );
    },
  },
  {
    name: "a body that differs from its Content-Digest is refused",
    level: 1,
    needs: "key",
    async run(bench) {
      await tried(
        await bench.stream(),
        (request) => withBody(request, Buffer.from("{}\n"), false),
        [400, "QZ_DIGEST_MISMATCH"],
      );
    },
  },
  {
    name: "a body that was exchanged with its Content-Digest is refused",
    level: 1,
    needs: "key",
    async run(bench) {
      const stream = await bench.stream();
      const other = stream.batch({ upserts: [stream.record("forged")] });
      await tried(stream, (request) => withBody(request, other, true), [
        401,
        "QZ_SIGNATURE_INVALID",
      ]);
    },
  },
  {
    name: "a signature that leaves the body out is refused",
    level: 1,
    needs: "key",
    async run(bench) {
      const shorten = (request: Outgoing): Outgoing => ({
        ...request,
        headers: {
          ...request.headers,
          "signature-input": request.headers["signature-input"]!.replace(' "content-digest"', ""),
        },
      });
      await tried(await bench.stream(), shorten, [401, "QZ_SIGNATURE_INVALID"]);
    },
  },
  {
    name: "a signature is taken once",
    level: 1,
    needs: "key",
    async run({ client, stream }) {
      const { path } = await stream();
      const body = {
        resource: "qianzhi_verification",
        expected: 1,
        epoch: 1,
        instance: "other",
        nonce: "0".repeat(64),
      };
      let sent: Outgoing | undefined;
      const first = await client(`${path}/epoch`, {
        method: "PUT",
        body,
        tamper: (request) => (sent = request),
      });
      assertProblem(first, 409, "QZ_EPOCH_OLD");
      assertProblem(
        await client(`${path}/epoch`, { method: "PUT", body, tamper: () => sent! }),
        401,
        "QZ_SIGNATURE_INVALID",
      );
    },
  },
  {
    name: "a clock that differs is told as clock skew, with the platform's time",
    level: 1,
    needs: "key",
    async run({ client, now, unopened }) {
      const { path } = unopened();
      for (const created of [now() - 86_400, now() + 86_400]) {
        const body = {
          resource: "qianzhi_verification",
          expected: 0,
          epoch: 1,
          instance: "i",
          nonce: "0".repeat(64),
        };
        const answer = await client(`${path}/epoch`, { method: "PUT", body, signing: { created } });
        assertProblem(answer, 401, "QZ_CLOCK_SKEW");
        assert.ok(!Number.isNaN(Date.parse(answer.json["now"] as string)), "the member now");
      }
    },
  },
  {
    name: "a key that was never registered is told as unknown",
    level: 1,
    needs: "key",
    async run({ client, unopened }) {
      const { path, site } = unopened();
      const body = {
        resource: "qianzhi_verification",
        expected: 0,
        epoch: 1,
        instance: "i",
        nonce: "0".repeat(64),
      };
      assertProblem(
        await client(`${path}/epoch`, {
          method: "PUT",
          body,
          signing: { keyid: `${site}/no-such-key` },
        }),
        401,
        "QZ_KEY_UNKNOWN",
      );
    },
  },
  {
    name: "a site cannot write in the name of another",
    level: 1,
    needs: "key",
    async run(bench) {
      const stream = await bench.stream();
      const bytes = stream.batch({ upserts: [stream.record("1")] }, { site: "somebody-else" });
      const headers = { "idempotency-key": `"somebody-else/${stream.pipeline}/1/1"` };
      assertProblem(await stream.post(bytes, { headers }), 403, "QZ_NOT_ALLOWED");
    },
  },
  {
    name: "registering a key takes the enrolment token",
    level: 1,
    needs: "key",
    async run({ client, unopened }) {
      const path = `/v1/sites/${unopened().site}/keys/forged`;
      const body = { publicKey: Buffer.alloc(32, 1).toString("base64") };
      assert.equal((await client(path, { method: "PUT", body, as: "anyone" })).status, 401);
      assert.equal((await client(path, { method: "PUT", body, as: "site" })).status, 401);
    },
  },
];
