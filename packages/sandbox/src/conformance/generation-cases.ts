import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DigestSum, recordHash, type ResourceDigest } from "@qianzhi/sdk";
import { assertProblem, type PlatformCase } from "./platform-case.ts";
import type { VerificationStream } from "./stream.ts";

const newId = (): string => randomBytes(16).toString("hex");

/** The digest of record texts of the verification resource. */
function digestOf(records: readonly string[]): ResourceDigest {
  const sum = new DigestSum();
  for (const text of records) {
    const { id } = JSON.parse(text) as { id: string };
    sum.add(recordHash(JSON.stringify({ id }), text));
  }
  return sum.value();
}

const commitOf = (id: string, records: readonly string[], maxRefused = 0) => ({
  id,
  step: "commit",
  ...digestOf(records),
  maxRefused,
});

/** Sends a whole generation; answers the receipt of its commit. */
async function replace(held: VerificationStream, records: readonly string[], maxRefused = 0) {
  const id = newId();
  await held.step({ id, step: "begin" });
  await held.step({ id, step: "part" }, records);
  return (await held.step(commitOf(id, records, maxRefused))).generation;
}

/** A stream's whole content at once: docs/protocol.md §3. */
export const generationCases: readonly PlatformCase[] = [
  {
    name: "a generation shows nothing before its commit, which replaces all that the stream held",
    level: 3,
    needs: "key",
    generations: true,
    async run({ client, stream }) {
      const held = await stream();
      const records = [held.record("2"), held.record("3")];
      await held.send({ upserts: [held.record("1")] });
      const id = newId();
      await held.step({ id, step: "begin" });
      await held.step({ id, step: "part" }, records);
      const digest = async () => {
        const { count, sum } = (await client(`${held.path}/digest`)).json;
        return { count, sum };
      };
      assert.deepEqual(await digest(), digestOf([held.record("1")]));
      const { generation } = await held.step(commitOf(id, records));
      assert.deepEqual(generation, { outcome: "swapped", refused: 0 });
      assert.deepEqual(await digest(), digestOf(records));
      assert.equal((await replace(held, []))?.outcome, "swapped", "a content without records");
      assert.deepEqual(await digest(), digestOf([]));
    },
  },
  {
    name: "a generation with more refusals than its commit allows is not swapped in, and the chain goes on",
    level: 3,
    needs: "key",
    generations: true,
    async run({ client, stream }) {
      const held = await stream();
      const records = [held.record("1"), held.record("2", "x".repeat(21)), held.record("3")];
      const kept = await replace(held, records);
      assert.deepEqual([kept?.outcome, kept?.refused], ["aborted", 1]);
      assert.equal(kept?.reason?.code, "QZ_GENERATION_REFUSED");
      assert.equal((await client(`${held.path}/digest`)).json["count"], 0);
      const swapped = await replace(held, records, 1);
      assert.deepEqual(swapped, { outcome: "swapped", refused: 1 });
      assert.equal((await client(`${held.path}/digest`)).json["count"], 2);
    },
  },
  {
    name: "a generation whose parts do not come to the digest of its commit is not swapped in",
    level: 1,
    needs: "key",
    generations: true,
    async run({ stream }) {
      const held = await stream();
      const id = newId();
      const records = [held.record("1"), held.record("2")];
      await held.step({ id, step: "begin" });
      await held.step({ id, step: "part" }, records.slice(1));
      const { generation } = await held.step(commitOf(id, records));
      assert.equal(generation?.reason?.code, "QZ_GENERATION_INCOMPLETE");
    },
  },
  {
    name: "a generation is over when another begins, another batch comes between, or an epoch is opened",
    level: 1,
    needs: "key",
    generations: true,
    async run({ stream }) {
      const held = await stream();
      const ends: readonly (() => Promise<unknown>)[] = [
        () => held.step({ id: newId(), step: "begin" }),
        () => held.send({ upserts: [held.record("9")] }),
        () => held.open(),
      ];
      for (const end of ends) {
        const id = newId();
        await held.step({ id, step: "begin" });
        await end();
        for (const step of [{ id, step: "part" }, commitOf(id, [])])
          assertProblem(
            await held.post(held.batch({}, { generation: step })),
            422,
            "QZ_BATCH_REFUSED",
          );
      }
    },
  },
  {
    name: "a second record of a key in one generation is refused, and the first is taken",
    level: 1,
    needs: "key",
    generations: true,
    async run({ stream }) {
      const held = await stream();
      const id = newId();
      await held.step({ id, step: "begin" });
      await held.step({ id, step: "part" }, [held.record("1")]);
      const { refused } = await held.step({ id, step: "part" }, [held.record("1", "别名")]);
      assert.deepEqual(
        refused.map(({ line, reasons }) => [line, reasons[0]?.code]),
        [[2, "QZ_KEY_COLLISION"]],
      );
    },
  },
  {
    name: "a step of a generation that is written otherwise than the protocol says is refused whole",
    level: 1,
    needs: "key",
    generations: true,
    async run({ stream }) {
      const held = await stream();
      const id = newId();
      const wrong: readonly (readonly [object, readonly string[]])[] = [
        [{ id: "1", step: "begin" }, []],
        [{ id, step: "end" }, []],
        [{ step: "begin", id }, []],
        [{ id, step: "begin" }, [held.record("1")]],
        [{ id, step: "commit" }, []],
        [{ id, step: "begin", count: 1 }, []],
      ];
      for (const [generation, upserts] of wrong)
        assertProblem(
          await held.post(held.batch({ upserts }, { generation })),
          422,
          "QZ_BATCH_REFUSED",
        );
      await held.step({ id, step: "begin" });
    },
  },
];
