import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DigestSum } from "@qianzhi/sdk";
import { assertProblem, type CaseBench, type PlatformCase } from "./platform-case.ts";
import type { VerificationStream } from "./stream.ts";
import { endedResource } from "./verification-resource.ts";

/** A stream of a resource that may not be shared. */
async function endedStream({ client, site, stream }: CaseBench): Promise<VerificationStream> {
  const { identifier, version } = endedResource;
  const put = { method: "PUT", as: "operator" } as const;
  const path = `/v1/catalog/${identifier}/versions/${version}`;
  const published = await client(path, { ...put, body: endedResource });
  assert.ok(published.status < 300, `PUT ${path} answers ${published.status}`);
  const granted = await client(`/v1/sites/${site}/grants/${identifier}`, put);
  assert.ok(granted.status < 300, `a grant is answered with ${granted.status}`);
  return stream(endedResource);
}

/** Withdrawal: docs/protocol.md §3. */
export const shareCases: readonly PlatformCase[] = [
  {
    name: "of a resource whose share has ended no record is taken, and a deletion is",
    level: 2,
    needs: "token",
    async run(bench) {
      const held = await endedStream(bench);
      const refused = await held.post(held.batch({ upserts: [held.record("1")] }));
      assertProblem(refused, 403, "QZ_POLICY_WITHHELD");
      const both = { deletes: [held.key("2")], upserts: [held.record("1")] };
      assertProblem(await held.post(held.batch(both)), 403, "QZ_POLICY_WITHHELD");
      assert.equal((await held.send({ deletes: [held.key("1")] })).accepted, 1);
    },
  },
  {
    name: "of a resource whose share has ended an empty generation is taken, and no other",
    level: 2,
    needs: "token",
    generations: true,
    async run(bench) {
      const held = await endedStream(bench);
      const id = randomBytes(16).toString("hex");
      const empty = { ...new DigestSum().value(), maxRefused: 0 };
      await held.step({ id, step: "begin" });
      const commit = { id, step: "commit", ...empty, count: 1 };
      assertProblem(
        await held.post(held.batch({}, { generation: commit })),
        403,
        "QZ_POLICY_WITHHELD",
      );
      const { generation } = await held.step({ id, step: "commit", ...empty });
      assert.deepEqual(generation, { outcome: "swapped", refused: 0 });
    },
  },
];
