import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memoryPlatform } from "../support/memory-platform.ts";
import { keyText, openSite, persons, temporaryDirectory } from "../support/site.ts";

const page = fc.uniqueArray(
  fc.record({ key: fc.integer({ min: 1, max: 4 }), outcome: fc.constantFrom("good", "bad") }),
  { minLength: 1, maxLength: 3, selector: ({ key }) => key },
);

test("in whatever order receipts come, exactly the keys whose last change was refused are in quarantine", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(page, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      async (pages, dice) => {
        const site = await openSite({ directory: await temporaryDirectory(t) });
        const platform = memoryPlatform();
        platform.late = true;
        platform.refuse = (line) =>
          line.includes("bad")
            ? { temporary: false, reasons: [{ code: "QZ_PATTERN", message: "does not fit" }] }
            : undefined;
        const roll = (): number => dice.next().value ?? 0;
        const last = new Map<string, string>();
        for (const [at, changes] of pages.entries()) {
          await site.seal({
            upserts: changes.map(({ key, outcome }) => [key, `${outcome} ${at}`] as const),
          });
          for (const { key, outcome } of changes) last.set(keyText(key), outcome);
          if (roll() % 2 === 0) await site.drain(platform);
          if (roll() % 3 === 0)
            platform.release((receipts) => receipts.sort(() => (roll() % 2 === 0 ? 1 : -1)));
        }
        await site.drain(platform);
        platform.release((receipts) => receipts.reverse());
        await site.drain(platform);
        await site.drain(platform);
        assert.equal(site.outbox.waiting().batches, 0);
        const refused = [...last].filter(([, outcome]) => outcome === "bad").map(([key]) => key);
        assert.deepEqual(
          [...site.outbox.quarantine.openKeys(persons.pipeline).keys()].sort(),
          refused.sort(),
        );
        site.close();
      },
    ),
    { numRuns: 60, endOnFailure: false },
  );
});
