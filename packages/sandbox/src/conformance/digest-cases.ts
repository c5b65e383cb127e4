import assert from "node:assert/strict";
import { assertProblem, type PlatformCase } from "./platform-case.ts";
import { sha256, type VerificationStream } from "./stream.ts";
import { verificationResource } from "./verification-resource.ts";

interface Sum {
  readonly count: number;
  readonly sum: string;
}

/** The digest of key and record texts, by the words of docs/protocol.md §1. */
function digestOf(entries: readonly (readonly [string, string])[]): Sum {
  const total = entries.reduce(
    (sum, [key, record]) => sum + BigInt(`0x${sha256(key + record)}`),
    0n,
  );
  return { count: entries.length, sum: BigInt.asUintN(256, total).toString(16).padStart(64, "0") };
}

const bucketOf = (key: string, bits: number): number =>
  Number(BigInt(`0x${sha256(key)}`) >> BigInt(256 - bits));

const copyOf = ({ site, pipeline }: VerificationStream): string =>
  `/v1/exchange/${verificationResource.identifier}/records?site=${site}&pipeline=${pipeline}`;

/** Digests and the copy: docs/protocol.md §§1 and 4. */
export const digestCases: readonly PlatformCase[] = [
  {
    name: "the digest of a stream is that of its records, after inserts, updates, deletes and refusals",
    level: 3,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      const sum = async (): Promise<unknown> => {
        const { json } = await client(`${held.path}/digest`);
        return {
          epoch: json["epoch"],
          sequence: json["sequence"],
          count: json["count"],
          sum: json["sum"],
        };
      };
      assert.deepEqual(await sum(), { epoch: 1, sequence: 0, ...digestOf([]) });
      await held.send({ upserts: [held.record("1"), held.record("2"), held.record("3")] });
      await held.send({
        deletes: [held.key("1"), held.key("never")],
        upserts: [held.record("2", "改名"), held.record("3", "x".repeat(21))],
      });
      const entries = [
        [held.key("2"), held.record("2", "改名")],
        [held.key("3"), held.record("3")],
      ] as const;
      assert.deepEqual(await sum(), { epoch: 1, sequence: 2, ...digestOf(entries) });
    },
  },
  {
    name: "the digest by buckets adds up, and a bucket names its keys with their hashes",
    level: 3,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      const entries = ["1", "2", "3", "4", "5"].map(
        (id) => [held.key(id), held.record(id)] as const,
      );
      await held.send({ upserts: entries.map(([, record]) => record) });
      for (const bits of [0, 4, 12]) {
        const buckets = (await client(`${held.path}/digest?bits=${bits}`)).json[
          "buckets"
        ] as readonly Sum[];
        assert.equal(buckets.length, 2 ** bits);
        const expected = buckets.map(() => digestOf([]));
        for (const bucket of new Set(entries.map(([key]) => bucketOf(key, bits)))) {
          expected[bucket] = digestOf(entries.filter(([key]) => bucketOf(key, bits) === bucket));
        }
        assert.deepEqual(buckets, expected);
      }
      const [key, record] = entries[0]!;
      const page = (await client(`${held.path}/buckets/${bucketOf(key, 4)}?bits=4`)).json;
      const keys = page["keys"] as readonly { key: object; hash: string }[];
      assert.equal(
        keys.find((each) => JSON.stringify(each.key) === key)?.hash,
        sha256(key + record),
      );
      assert.deepEqual([page["epoch"], page["sequence"], page["next"]], [1, 1, null]);
    },
  },
  {
    name: "a bucket is listed page by page, each page as of its own batch",
    level: 3,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      const ids = ["1", "2", "3", "4", "5"];
      await held.send({ upserts: ids.map((id) => held.record(id)) });
      const seen: string[] = [];
      const sequences: unknown[] = [];
      for (let next: unknown = "", pages = 0; next !== null && pages < 10; pages++) {
        const after = next === "" ? "" : `&after=${encodeURIComponent(String(next))}`;
        const { json } = await client(`${held.path}/buckets/0?bits=0&limit=2${after}`);
        seen.push(
          ...(json["keys"] as readonly { key: object }[]).map((each) => JSON.stringify(each.key)),
        );
        sequences.push(json["sequence"]);
        next = json["next"];
        if (pages === 0) await held.send({ upserts: [held.record("5", "改名")] });
      }
      assert.deepEqual(seen.toSorted(), ids.map((id) => held.key(id)).toSorted());
      assert.deepEqual(sequences, [1, 2, 2]);
      assertProblem(
        await client(`${held.path}/buckets/0?bits=0&after=guessed`),
        400,
        "QZ_REQUEST_INVALID",
      );
    },
  },
  {
    name: "the copy is paged through in the order of key bytes, byte for byte",
    level: 3,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      const ids = ["b", "a", "中", "ﬀ", "\u{1f600}"];
      await held.send({ upserts: ids.map((id) => held.record(id)) });
      const ordered = [...ids]
        .sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
        .map((id) => held.record(id));
      const seen: string[] = [];
      for (let next: string | null = "", pages = 0; next !== null && pages < 10; pages++) {
        const after: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
        const { json }: { json: Readonly<Record<string, unknown>> } = await client(
          `${copyOf(held)}&limit=2${after}`,
        );
        seen.push(
          ...(json["records"] as readonly object[]).map((record) => JSON.stringify(record)),
        );
        next = json["next"] as string | null;
      }
      assert.deepEqual(seen, ordered);
      const lines = await client(`${copyOf(held)}&limit=5`, {
        headers: { accept: "application/x-ndjson" },
      });
      assert.equal(lines.text, ordered.map((record) => `${record}\n`).join(""));
    },
  },
  {
    name: "the token of a next page does not show the key",
    level: 3,
    needs: "key",
    async run({ client, stream }) {
      const held = await stream();
      await held.send({ upserts: [held.record("canary-1"), held.record("canary-2")] });
      const { json } = await client(`${copyOf(held)}&limit=1`);
      const token = String(json["next"]);
      for (const text of [
        token,
        Buffer.from(token, "base64").toString("latin1"),
        Buffer.from(token, "hex").toString("latin1"),
      ]) {
        assert.ok(!text.includes("canary"), "the token holds the key");
      }
      assertProblem(await client(`${copyOf(held)}&after=guessed`), 400, "QZ_REQUEST_INVALID");
    },
  },
];
