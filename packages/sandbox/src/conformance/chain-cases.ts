import assert from "node:assert/strict";
import type { StreamPosition } from "@qianzhi/sdk";
import { assertProblem, type PlatformCase } from "./platform-case.ts";

const nonce = "a".repeat(64);

/** Epochs, order and repeats: docs/protocol.md §3. */
export const chainCases: readonly PlatformCase[] = [
  {
    name: "an epoch is opened once, and the same request again is answered the same",
    level: 1,
    needs: "key",
    async run({ unopened }) {
      const stream = unopened();
      const first = await stream.ask({ expected: 0, epoch: 1, nonce });
      assert.equal(first.status, 200, first.text);
      const expected: StreamPosition = {
        epoch: 1,
        instance: stream.instance,
        nonce,
        sequence: 0,
        digest: nonce,
      };
      assert.deepEqual(first.json, expected);
      assert.deepEqual((await stream.ask({ expected: 0, epoch: 1, nonce })).json, expected);
    },
  },
  {
    name: "an epoch that is not above the one in force is refused, with the position",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      for (const request of [
        { expected: 1, epoch: 1 },
        { expected: 0, epoch: 2 },
      ]) {
        const answer = await held.ask(request);
        assertProblem(answer, 409, "QZ_EPOCH_OLD");
        assert.equal((answer.json["position"] as StreamPosition).epoch, 1);
      }
    },
  },
  {
    name: "another instance that does not name the epoch in force is told that the stream is taken",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      assertProblem(
        await held.ask({ expected: 0, epoch: 2, instance: "another" }),
        409,
        "QZ_SITE_TAKEN",
      );
      assert.equal(
        (await held.ask({ expected: 1, epoch: 7, instance: "another", nonce })).status,
        200,
      );
      held.epoch = 7;
    },
  },
  {
    name: "a batch of an ended epoch is refused, with the position",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const old = held.batch({ upserts: [held.record("1")] });
      await held.send({ upserts: [held.record("1")] });
      await held.open();
      const headers = { "idempotency-key": `"${held.site}/${held.pipeline}/1/1"` };
      const answer = await held.post(old, { headers });
      assertProblem(answer, 409, "QZ_EPOCH_OLD");
      assert.equal((answer.json["position"] as StreamPosition).epoch, 2);
    },
  },
  {
    name: "a repeat is answered with the same receipt and applied once",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const bytes = held.batch({ upserts: [held.record("1"), held.record("2", "x".repeat(21))] });
      const first = await held.receipt(await held.post(bytes), bytes);
      assert.equal(first.accepted, 1);
      assert.deepEqual(await held.receipt(await held.post(bytes), bytes), first);
    },
  },
  {
    name: "other bytes under a number that was used are a conflict, with the position",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const other = held.batch({ upserts: [held.record("2")] });
      await held.send({ upserts: [held.record("1")] });
      const answer = await held.post(other, {}, 1);
      assertProblem(answer, 409, "QZ_CHAIN_CONFLICT");
      assert.deepEqual(
        [
          (answer.json["position"] as StreamPosition).sequence,
          (answer.json["position"] as StreamPosition).digest,
        ],
        [1, held.digest],
      );
    },
  },
  {
    name: "a gap, another predecessor and an epoch that was not opened are conflicts",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const upserts = [held.record("1")];
      assertProblem(
        await held.post(held.batch({ upserts }, { sequence: 2 }), {}, 2),
        409,
        "QZ_CHAIN_CONFLICT",
      );
      assertProblem(
        await held.post(held.batch({ upserts }, { predecessor: "b".repeat(64) })),
        409,
        "QZ_CHAIN_CONFLICT",
      );
      const headers = { "idempotency-key": `"${held.site}/${held.pipeline}/5/1"` };
      assertProblem(
        await held.post(held.batch({ upserts }, { epoch: 5 }), { headers }),
        409,
        "QZ_CHAIN_CONFLICT",
      );
      assert.equal((await held.send({ upserts })).accepted, 1);
    },
  },
  {
    name: "a batch of a stream that never opened an epoch is a conflict",
    level: 1,
    needs: "key",
    async run({ unopened }) {
      const stream = unopened();
      const bytes = stream.batch(
        { upserts: [stream.record("1")] },
        { epoch: 1, predecessor: nonce },
      );
      const headers = { "idempotency-key": `"${stream.site}/${stream.pipeline}/1/1"` };
      assertProblem(await stream.post(bytes, { headers }), 409, "QZ_CHAIN_CONFLICT");
    },
  },
  {
    name: "a stream's position is answered, and an unknown one told as unknown",
    level: 2,
    needs: "key",
    async run({ client, stream, unopened }) {
      const held = await stream();
      await held.send({ upserts: [held.record("1")] });
      const { json } = await client(held.path);
      assert.deepEqual(
        [json["epoch"], json["sequence"], json["digest"], json["instance"]],
        [1, 1, held.digest, held.instance],
      );
      assertProblem(await client(unopened().path), 404, "QZ_STREAM_UNKNOWN");
    },
  },
];
