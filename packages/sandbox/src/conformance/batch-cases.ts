import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Receipt } from "@qianzhi/sdk";
import { assertProblem, type PlatformCase } from "./platform-case.ts";

const codes = ({ refused }: Receipt): string[] => refused.map(({ reasons }) => reasons[0]!.code);

/** Batches beyond this are not made: a platform with a higher limit keeps it on its word. */
const LARGEST_TRIED_BYTES = 64 * 1024 * 1024;

/** What is in a batch, and what becomes of it: docs/protocol.md §§1–3. */
export const batchCases: readonly PlatformCase[] = [
  {
    name: "a batch is taken plain and compressed with gzip",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      assert.equal((await held.send({ upserts: [held.record("1")] })).accepted, 1);
      const headers = { "content-encoding": "gzip" };
      assert.equal(
        (await held.send({ deletes: [held.key("1")] }, { headers }, gzipSync)).accepted,
        1,
      );
    },
  },
  {
    name: "a record that does not fit is refused with its reasons, and the others are taken",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const { refused, accepted } = await held.send({
        upserts: [held.record("1"), held.record("2", "x".repeat(21)), held.record("3")],
      });
      assert.equal(accepted, 2);
      assert.deepEqual(
        refused.map(({ line, temporary }) => [line, temporary]),
        [[3, false]],
      );
      assert.ok(!JSON.stringify(refused).includes("x".repeat(21)), "a message repeats the value");
    },
  },
  {
    name: "a record that is not in canonical form is refused",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const id = (n: number): string => `"id":"${held.pipeline}-${n}"`;
      const upserts = [
        `{"name":"a",${id(1)}}`,
        `{${id(2)} }`,
        `{${id(3)},"name":"\\u0041"}`,
        `{${id(4)},"amount":"1.00"}`,
      ];
      assert.deepEqual(
        codes(await held.send({ upserts })),
        upserts.map(() => "QZ_NOT_CANONICAL"),
      );
    },
  },
  {
    name: "a value in another than the canonical form of its type is refused",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const values = [
        '"1"',
        '"1.5"',
        '"01.00"',
        '"+1.00"',
        '"-0.00"',
        '"1e2"',
        "1.00",
        "null",
        '"1234567890123.00"',
      ];
      const upserts = values.map((value, n) => `{"amount":${value},"id":"${held.pipeline}-${n}"}`);
      assert.equal((await held.send({ upserts })).accepted, 0);
    },
  },
  {
    name: "an item that may not be shared refuses its record",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const upserts = [`{"id":"${held.pipeline}-1","withheld":"canary"}`];
      const receipt = await held.send({ upserts });
      assert.deepEqual(codes(receipt), ["QZ_POLICY_WITHHELD"]);
      assert.ok(!JSON.stringify(receipt).includes("canary"), "a message repeats the value");
    },
  },
  {
    name: "a key that another origin holds waits with the holder's name, and is taken once released",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const [holder, other] = [await stream(), await stream()];
      const record = holder.record("1");
      await holder.send({ upserts: [record] });
      const [refusal] = (await other.send({ upserts: [record] })).refused;
      assert.equal(refusal?.temporary, true);
      assert.equal(refusal.reasons[0]?.code, "QZ_ORIGIN_HELD");
      assert.deepEqual(refusal.holder, { site: holder.site, pipeline: holder.pipeline });
      assert.equal((await other.send({ deletes: [holder.key("1")] })).accepted, 1);
      await holder.send({ deletes: [holder.key("1")] });
      assert.equal((await other.send({ upserts: [record] })).accepted, 1);
    },
  },
  {
    name: "bytes that are not a batch are refused whole, and the number is not used up",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const upserts = [held.record("1")];
      const good = held.batch({ upserts });
      const bad = [
        good.subarray(0, -1),
        Buffer.concat([good, Buffer.from([0xff, 0x0a])]),
        held.batch({ upserts: [...upserts, ...upserts] }),
        held.batch({ deletes: [held.key("1")], upserts }),
        held.batch({ upserts }, { upserts: 2 }),
        held.batch({ upserts: [held.record("2"), held.record("3")] }, { deletes: 1, upserts: 1 }),
      ];
      for (const bytes of bad) assertProblem(await held.post(bytes), 422, "QZ_BATCH_REFUSED");
      assert.equal((await held.send({ upserts })).accepted, 1);
    },
  },
  {
    name: "a batch of a version that the catalog lacks is refused whole",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const bytes = held.batch({ upserts: [held.record("1")] }, { version: "99.0.0" });
      assertProblem(await held.post(bytes), 409, "QZ_VERSION_UNKNOWN");
      assert.equal((await held.send({ upserts: [held.record("1")] })).accepted, 1);
    },
  },
  {
    name: "a batch above the limit is refused, compressed or not, before it is unpacked",
    level: 1,
    needs: "key",
    async run({ client, stream }) {
      const limit = Number((await client("/v1")).json["maxBatchBytes"]);
      if (limit > LARGEST_TRIED_BYTES) return;
      const held = await stream();
      const answer = await held.post(gzipSync(Buffer.alloc(limit + 1, 0x20)), {
        headers: { "content-encoding": "gzip" },
      });
      assertProblem(answer, 413, "QZ_BATCH_TOO_LARGE");
      assert.equal(answer.json["maxBatchBytes"], limit);
    },
  },
  {
    name: "a content encoding that is not offered is told with those that are",
    level: 1,
    needs: "key",
    async run({ stream }) {
      const held = await stream();
      const answer = await held.post(held.batch({ upserts: [held.record("1")] }), {
        headers: { "content-encoding": "x-unknown" },
      });
      assert.equal(answer.status, 415);
      assert.match(answer.headers.get("accept-encoding") ?? "", /gzip/);
    },
  },
  {
    name: "receipts of a site can be read again, page by page",
    level: 1,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      const receipt = await held.send({ upserts: [held.record("1")] });
      let since = "";
      for (;;) {
        const { json } = await client(`/v1/sites/${held.site}/receipts${since}`);
        const receipts = json["receipts"] as readonly Receipt[];
        if (receipts.some(({ digest }) => digest === receipt.digest)) return;
        assert.ok(receipts.length > 0, "the receipt is not in the list");
        since = `?since=${encodeURIComponent(json["next"] as string)}`;
      }
    },
  },
];
