import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { compareWithPlatform, type Comparison } from "@qianzhi/agent";
import { feeding, feedOf } from "../world/feeding.ts";
import { legacySite, type LegacySite } from "../world/legacy-site.ts";
import { person } from "../world/person.ts";
import type { PipelineOptions } from "../world/site-config.ts";

/* The source's key is `id`; the record's key is `sfzh`, which the source does not keep unique. */
const schema = `CREATE TABLE rkxx (id INTEGER PRIMARY KEY, sfzh TEXT, xm TEXT, nl INTEGER, zx INTEGER DEFAULT 0, gxsj INTEGER DEFAULT 1);
  CREATE INDEX rkxx_gxsj ON rkxx (gxsj, id); ${feedOf("id")}`;
const filled = `${schema}
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
  INSERT INTO rkxx (id, sfzh, xm, nl) SELECT i, 'p' || printf('%02d', i), '名' || i, i FROM n;`;

const modes = {
  diff: { mode: "diff" },
  native: { mode: "native" },
  cursor: { mode: "cursor", cursor: "gxsj", deletedWhen: "zx = 1" },
} as const satisfies Record<string, Partial<PipelineOptions>>;

let legacy: LegacySite;
afterEach(() => legacy.close());

const site = (
  mode: keyof typeof modes,
  content: string,
  more: Partial<PipelineOptions> = {},
): Promise<LegacySite> =>
  legacySite(
    content,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      key: ["id"],
      pageRows: 2,
      ...modes[mode],
      ...more,
    },
    person,
    mode === "native" ? feeding("id").adapter : undefined,
  );

/** Changes rows and stamps them, as an application with a change column does. */
let stamp = 1;
function change(set: string, where: string): void {
  stamp += 1;
  legacy.database.exec(`UPDATE rkxx SET ${set}, gxsj = ${stamp} WHERE ${where}`);
}

function remove(mode: keyof typeof modes, where: string): void {
  if (mode === "cursor") change("zx = 1", where);
  else legacy.database.exec(`DELETE FROM rkxx WHERE ${where}`);
}

const names = (): Record<string, unknown> =>
  Object.fromEntries(legacy.records().map((each) => [String(each["resident_id"]), each["name"]]));
const quarantined = (): number => legacy.site.outbox.quarantine.count("natural_person");
function compared(): Promise<Comparison> {
  const runner = legacy.site.runners.get("natural_person");
  assert.ok(runner);
  return runner.readAll(
    (run) => compareWithPlatform(run, legacy.site.target, runner.stream),
    new AbortController().signal,
  );
}
/** Until nothing is left to be read again. */
async function runTwice(): Promise<void> {
  await legacy.run();
  await legacy.run();
}

for (const mode of ["diff", "native", "cursor"] as const)
  describe(`two rows with one record key, mode ${mode}`, () => {
    it("quarantine both, however far apart they stand, and send neither", async () => {
      legacy = await site(mode, filled);
      await legacy.run();
      change("sfzh = 'p02', xm = '另'", "id = 11");
      await legacy.run();
      assert.equal(quarantined(), 2);
      const reasons = legacy.site.outbox.quarantine.list().flatMap((entry) => entry.reasons);
      assert.deepEqual(
        reasons.map(({ code }) => code),
        ["QZ_KEY_COLLISION", "QZ_KEY_COLLISION"],
      );
      assert.equal(names()["p02"], "名2", "what the platform has stays");
      assert.equal(names()["p11"], undefined, "no row has this key any more");
      await legacy.run();
      assert.equal(quarantined(), 2);
      const { differences, source, platform } = await compared();
      assert.deepEqual(
        differences.map(({ kind }) => kind),
        ["refused", "refused"],
      );
      assert.deepEqual(source, platform);
    });

    it("are found at the first load", async () => {
      legacy = await site(mode, `${filled} UPDATE rkxx SET sfzh = 'p02' WHERE id = 11`);
      await legacy.run();
      assert.equal(quarantined(), 2);
      assert.equal(names()["p02"], "名2", "sealed before the other was seen");
      assert.equal(legacy.records().length, 11);
      change("xm = '改'", "id = 2");
      await legacy.run();
      assert.equal(names()["p02"], "名2", "nothing more of the key is sent");
    });

    it("leave the remaining one to be sent when the other is deleted", async () => {
      legacy = await site(mode, filled);
      await legacy.run();
      change("sfzh = 'p02', xm = '另'", "id = 11");
      await legacy.run();
      remove(mode, "id = 2");
      await (mode === "diff" ? legacy.run() : runTwice());
      assert.equal(names()["p02"], "另");
      assert.equal(quarantined(), 0);
      assert.equal(legacy.records().length, 11);
      remove(mode, "id = 11");
      await runTwice();
      assert.equal(legacy.records().length, 10);
    });

    it("leave the remaining one to be sent when the other gets a key of its own", async () => {
      legacy = await site(mode, `${filled} UPDATE rkxx SET sfzh = 'p02' WHERE id = 11`);
      await legacy.run();
      change("sfzh = 'own'", "id = 11");
      await (mode === "diff" ? legacy.run() : runTwice());
      assert.equal(names()["p02"], "名2");
      assert.equal(names()["own"], "名11");
      assert.equal(quarantined(), 0);
    });

    it("withdraw the record where refused rows are withdrawn", async () => {
      legacy = await site(mode, filled, { onInvalid: "withdraw" });
      await legacy.run();
      change("sfzh = 'p02'", "id = 11");
      await legacy.run();
      assert.equal(names()["p02"], undefined);
      change("sfzh = 'p11'", "id = 11");
      await runTwice();
      assert.equal(names()["p02"], "名2");
      assert.equal(legacy.records().length, 12);
    });

    it("does not take a key that was handed over for one that is held twice", async () => {
      legacy = await site(mode, filled);
      await legacy.run();
      // Each takes the key of the other; and 5's key goes on to 9, whose own ends.
      change("sfzh = 'x'", "id = 1");
      change("sfzh = 'p01'", "id = 12");
      change("sfzh = 'p12'", "id = 1");
      change("sfzh = 'p05'", "id = 9");
      change("sfzh = 'new'", "id = 5");
      await runTwice();
      assert.equal(quarantined(), 0);
      assert.deepEqual([names()["p01"], names()["p12"], names()["p05"]], ["名12", "名1", "名9"]);
      assert.equal(names()["p09"], undefined);
      assert.equal(names()["new"], "名5");
      assert.equal(legacy.records().length, 12);
    });

    it("come out right whatever is written in whichever order", async () => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const throws = dice(seed);
        const pick = (most: number): number => Math.floor(throws() * most);
        if (seed > 1) await legacy.close();
        const onInvalid = pick(2) === 0 ? "keep" : "withdraw";
        legacy = await site(mode, schema, { onInvalid, pageRows: 1 + pick(3) });
        stamp = 1;
        for (let step = 0; step < 12; step += 1) {
          for (let write = pick(4); write >= 0; write -= 1) {
            const id = 1 + pick(6);
            stamp += 1;
            const name = pick(5) === 0 ? "NULL" : `'${pick(3)}'`;
            if (pick(4) === 0) remove(mode, `id = ${id}`);
            else
              legacy.database.exec(
                `INSERT OR REPLACE INTO rkxx VALUES (${id}, 'k${pick(4)}', ${name}, 1, 0, ${stamp})`,
              );
          }
          if (pick(3) > 0) await runAndApprove();
        }
        // A resting application: everything has been looked at after at most three more polls.
        for (let poll = 0; poll < 3; poll += 1) await runAndApprove();
        assert.deepEqual(standing(), expected(), `seed ${seed}`);
      }
    });
  });

const SEEDS = 8;

async function runAndApprove(): Promise<void> {
  legacy.approve(1000);
  await legacy.run();
}

interface Standing {
  readonly sent: Record<string, unknown>;
  readonly quarantined: number;
}

/** What each key that is provided by exactly one fit row has at the platform; the others are looked at apart. */
function standing(): Standing {
  const held = names();
  const { sent } = expected();
  const sole = Object.fromEntries(Object.keys(sent).map((key) => [key, held[key]]));
  for (const key of Object.keys(held))
    if (!(key in sent) && !mayStay(key)) assert.fail(`${key} is at the platform and nobody has it`);
  return { sent: sole, quarantined: quarantined() };
}

/** A refused row leaves what the platform has of its key, unless it is withdrawn. */
const mayStay = (key: string): boolean =>
  legacy.site.runners.get("natural_person")?.config.onInvalid === "keep" &&
  rows().some((row) => row.sfzh === key);

interface Row {
  readonly sfzh: string;
  readonly xm: string | null;
}

const rows = (): readonly Row[] =>
  legacy.database.prepare<Row>("SELECT sfzh, xm FROM rkxx WHERE zx = 0").all();

function expected(): Standing {
  const all = rows();
  const fit = all.filter(({ xm }) => xm !== null);
  const sole = fit.filter(({ sfzh }) => fit.filter((row) => row.sfzh === sfzh).length === 1);
  return {
    sent: Object.fromEntries(sole.map(({ sfzh, xm }) => [sfzh, xm])),
    quarantined: all.length - sole.length,
  };
}

/** A small seeded generator (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("two rows with one source key, mode diff", () => {
  it("are both named in the proof, which says that the rest is equal", async () => {
    legacy = await site("diff", `${filled} UPDATE rkxx SET sfzh = 'p05' WHERE id = 6;`, {
      key: ["sfzh"],
      pageRows: 100,
    });
    await legacy.run();
    const { equal, differences, source, platform } = await compared();
    assert.deepEqual([equal, source], [10, platform]);
    assert.deepEqual(
      differences.map(({ kind, reasons }) => [kind, reasons[0]?.code]),
      Array.from({ length: 2 }, () => ["refused", "QZ_KEY_COLLISION"]),
    );
  });
});
