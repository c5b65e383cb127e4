import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { QianzhiError } from "@qianzhi/sdk";
import { crashingDatabase, type CrashPlan } from "../support/crashing-database.ts";
import { memoryPlatform, type MemoryPlatform } from "../support/memory-platform.ts";
import { simWorld } from "../support/sim-world.ts";
import {
  keyText,
  openSite,
  persons,
  recordText,
  syncCompression,
  temporaryDirectory,
  type Site,
} from "../support/site.ts";

type Fault = "none" | "lost request" | "lost answer" | "old epoch again";

type Step =
  | { readonly kind: "seal"; readonly keys: readonly number[]; readonly deletes: boolean }
  | { readonly kind: "deliver"; readonly fault: Fault }
  | { readonly kind: "platform restored" };

interface Life {
  readonly step: Step;
  /** The process dies at this statement of the step, if it has so many. */
  readonly crashAt: number;
  readonly afterwards: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("seal" as const),
      deletes: fc.boolean(),
      keys: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("deliver" as const),
      fault: fc.constantFrom<Fault>("none", "lost request", "lost answer", "old epoch again"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "platform restored" as const }) },
);
const lives: fc.Arbitrary<readonly Life[]> = fc.array(
  fc.record({
    step,
    crashAt: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 60 })),
    afterwards: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
);

/** A small agent: page n of its source is sealed together with position n, and it goes on from the position it finds. */
const position = (site: Site): number =>
  site.store.database
    .prepare<{ at: number }>("SELECT at FROM position WHERE pipeline = 'persons'")
    .get()?.at ?? 0;

function sealPage(site: Site, page: Step & { kind: "seal" }, number: number): Promise<unknown> {
  const deletes = page.deletes ? page.keys.slice(0, 1) : [];
  const upserts = (page.deletes ? page.keys.slice(1) : page.keys).map(
    (key) => [key, `page ${number}`] as const,
  );
  return site.seal({ deletes, upserts }, () => {
    site.store.database
      .prepare(
        "INSERT INTO position VALUES ('persons', ?) ON CONFLICT (pipeline) DO UPDATE SET at = excluded.at",
      )
      .run(number);
  });
}

function arm(platform: MemoryPlatform, fault: Fault, sent: (() => Promise<unknown>)[]): void {
  let times = fault === "none" ? 0 : 2;
  const fail = (when: Fault) => (): void => {
    if (fault === when && times-- > 0)
      throw new QianzhiError("QZ_PLATFORM_TIMEOUT", { limitMs: 1 });
  };
  const lost = fail("lost request");
  platform.before = (batch) => {
    lost();
    sent.push(() =>
      platform.target.deliver(batch, new AbortController().signal).catch(() => undefined),
    );
  };
  platform.after = fail("lost answer");
}

async function checkSite(
  site: Site,
  pages: readonly (Step & { kind: "seal" })[],
  platform: MemoryPlatform,
): Promise<void> {
  const [stream] = site.outbox.streams();
  if (stream !== undefined) {
    const { sealed, accepted, refused, voided, waiting } = stream.changes;
    assert.equal(sealed, accepted + refused + voided + waiting, "I1: the accounts add up");
    const rows = pages.reduce((sum, page) => sum + page.keys.length, 0);
    assert.equal(sealed, rows, "I1 and I2: everything read was sealed once");
  }
  for (const batch of site.outbox.batches({ limit: 10_000 })) {
    const body = site.outbox.batchTable.body(batch.id);
    if (body === undefined) continue;
    const bytes = await syncCompression.decompress(body, "gzip", 1 << 30);
    assert.equal(
      createHash("sha256").update(bytes).digest("hex"),
      batch.digest,
      "I3: bytes are what was sealed",
    );
  }
  const expected = new Map<string, string>();
  pages.forEach((page, at) =>
    page.keys.forEach((key, index) => {
      if (page.deletes && index === 0) expected.delete(keyText(key));
      else expected.set(keyText(key), recordText(key, `page ${at + 1}`));
    }),
  );
  // What the platform lost for good is left to a comparison with the source, and said.
  if (site.outbox.owed(persons) === undefined)
    assert.deepEqual(
      new Map([...platform.copy(persons)].sort((a, b) => (a[0] < b[0] ? -1 : 1))),
      new Map([...expected].sort((a, b) => (a[0] < b[0] ? -1 : 1))),
      "I9: the copy is equal",
    );
  assert.equal(site.outbox.ledger.verify().brokenAt, undefined, "the ledger is whole");
}

test("whatever crashes, is lost, comes twice or is restored, the copy ends equal and the accounts add up (I1–I4, I9)", async (t) => {
  await fc.assert(
    fc.asyncProperty(lives, fc.integer(), async (script, seed) => {
      const directory = await temporaryDirectory(t);
      const world = simWorld(seed);
      const platform = memoryPlatform();
      const pages: (Step & { kind: "seal" })[] = [];
      const sent: (() => Promise<unknown>)[] = [];
      let restore = platform.snapshot();
      for (const { step: each, crashAt, afterwards } of script) {
        const plan: CrashPlan = { left: -1, afterwards, crashed: false };
        const site = await openSite({ directory, world, openDatabase: crashingDatabase(plan) });
        if (each.kind === "platform restored") {
          restore();
        } else {
          plan.left = crashAt;
          if (each.kind === "seal") pages.push(each);
          arm(platform, each.kind === "deliver" ? each.fault : "none", sent);
          const work =
            each.kind === "seal"
              ? sealPage(site, each, pages.length)
              : site.delivery(platform, { resealable: () => true }).drain();
          await world.run(work).catch((error: unknown) => {
            if (!plan.crashed) throw error;
          });
          if (each.kind === "deliver" && each.fault === "old epoch again")
            for (const again of sent.slice(-3)) await again();
        }
        if (!plan.crashed) {
          plan.left = -1;
          site.close();
        }
        // A page whose sealing died is read again from the position that is found.
        const next = await openSite({ directory, world });
        assert.ok(
          position(next) === pages.length || position(next) === pages.length - 1,
          "I2: position and batch go together",
        );
        const last = pages.at(-1);
        if (position(next) < pages.length && last !== undefined)
          await world.run(sealPage(next, last, pages.length));
        if (seed % 3 === 0) restore = platform.snapshot();
        next.close();
      }
      arm(platform, "none", sent);
      const site = await openSite({ directory, world });
      await site.drain(platform, { resealable: () => true });
      await checkSite(site, pages, platform);
      site.close();
    }),
    { numRuns: 120, endOnFailure: false },
  );
});

test("a crash at every statement of sealing leaves both batch and position, or neither", async (t) => {
  let crashes = 0;
  for (const afterwards of [false, true]) {
    for (let at = 0; ; at += 1) {
      const directory = await temporaryDirectory(t);
      const world = simWorld(at);
      const plan: CrashPlan = { left: -1, afterwards, crashed: false };
      const site = await openSite({ directory, world, openDatabase: crashingDatabase(plan) });
      plan.left = at;
      const page = { kind: "seal", keys: [1, 2], deletes: false } as const;
      await world.run(sealPage(site, page, 1)).catch(() => undefined);
      if (!plan.crashed) {
        site.close();
        break;
      }
      crashes += 1;
      const next = await openSite({ directory, world });
      assert.equal(next.outbox.waiting().batches, position(next));
      assert.equal(next.outbox.head(persons).sequence, position(next));
      next.close();
    }
  }
  assert.ok(crashes > 15);
});
