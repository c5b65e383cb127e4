import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Column } from "@qianzhi/sdk";
import { calm, columns, field, openScripted, oracleError, type Script } from "./scripted-driver.ts";

const relation = { query: "SELECT CHANGED FROM HR.PERSON" };
const described = columns(field("CHANGED", "DATE"));

interface Seen {
  readonly clock: string;
  readonly calls?: unknown[][];
  readonly transactions?: unknown[][];
  readonly prepared?: unknown[][];
}

/** Polls one after another, each with what the server showed at it. */
async function horizons(polls: readonly Seen[], script: Script = {}, trusted = true) {
  let now = polls[0]!;
  const whole: Script = {
    answer: (asked) => {
      const { sql } = asked;
      if (sql.startsWith("SELECT TO_CHAR(SYSTIMESTAMP")) return { rows: [[now.clock]] };
      if (sql.includes("GV_$TRANSACTION")) return { rows: now.transactions ?? [] };
      if (sql.includes("GV_$SESSION")) return { rows: now.calls ?? [] };
      if (sql.includes("DBA_2PC_PENDING")) return { rows: now.prepared ?? [] };
      return described(asked);
    },
    ...script,
  };
  const { source, since } = await openScripted(whole, { exactHorizon: trusted });
  const results = [];
  let previous: unknown;
  for (const poll of polls) {
    now = poll;
    const request = { relation, cursor: "CHANGED" satisfies Column["name"], settleMs: 60_000 };
    const found = await source.horizon!(
      previous === undefined ? request : { ...request, previous },
      calm(),
    );
    previous = JSON.parse(JSON.stringify(found.memory ?? null)) ?? undefined;
    results.push(found);
  }
  return { results, since };
}

const writer = ["1:123,4567", "2026-11-24 09:00:00.000000", "APP", "desk", "app.exe", "7.3.99"];

describe("the horizon", () => {
  test("is the clock, less what the server shows late, when nobody writes", async () => {
    const { results } = await horizons([{ clock: "2026-11-24 10:00:09.500000" }]);
    assert.deepEqual([results[0]!.below, results[0]!.exact], ["2026-11-24 10:00:04", true]);
  });

  test("reads the clock before calls, and calls before transactions", async () => {
    const { since } = await horizons([{ clock: "2026-11-24 10:00:09.500000" }]);
    const order = since().map(
      ({ sql }) => /SYSTIMESTAMP AT|GV_\$TRANSACTION|GV_\$SESSION|2PC/.exec(sql)?.[0],
    );
    assert.deepEqual(
      order.filter((each) => each !== undefined),
      ["SYSTIMESTAMP AT", "GV_$SESSION", "GV_$TRANSACTION", "2PC"],
    );
  });

  test("waits for a call that may have taken its stamp and changed nothing yet", async () => {
    const call = ["2:9,1", "2026-11-24 09:59:50.000000", "APP", "desk", "app.exe"];
    const { results } = await horizons([{ clock: "2026-11-24 10:00:09.500000", calls: [call] }]);
    const [{ below, exact, heldBy }] = results as [(typeof results)[number]];
    assert.deepEqual([below, exact], ["2026-11-24 09:59:50", true]);
    assert.equal(heldBy?.session, "session 2:9,1 (APP, desk, app.exe)");
  });

  test("stands at the poll before a transaction was first listed, for as long as it is open", async () => {
    const { results } = await horizons([
      { clock: "2026-11-24 10:00:00.000000" },
      { clock: "2026-11-24 10:01:00.000000", transactions: [writer] },
      { clock: "2026-11-24 10:02:00.000000", transactions: [writer] },
      { clock: "2026-11-24 10:03:00.000000" },
    ]);
    assert.deepEqual(
      results.map(({ below }) => below),
      ["2026-11-24 09:59:55", "2026-11-24 10:00:00", "2026-11-24 10:00:00", "2026-11-24 10:02:55"],
    );
  });

  test("waits for a prepared transaction without a session", async () => {
    const prepared = [null, "2026-11-24 09:30:00.000000", "APP", "desk", null, "7.3.99"];
    const { results } = await horizons([
      { clock: "2026-11-24 10:00:00.000000", transactions: [writer] },
      { clock: "2026-11-24 10:01:00.000000", prepared: [prepared] },
    ]);
    assert.equal(results[1]!.below, results[0]!.below);
  });

  test("is the settle time alone, with the grants to paste, where the account may not look", async () => {
    const { results } = await horizons([{ clock: "2026-11-24 10:00:00.000000" }], {
      answer: (asked) => {
        if (asked.sql.startsWith("SELECT TO_CHAR(SYSTIMESTAMP"))
          return { rows: [["2026-11-24 10:00:00.000000"]] };
        return asked.sql.includes("GV_$")
          ? oracleError("ORA-00942")
          : (described(asked) ?? undefined);
      },
    });
    const [{ below, exact, because, grant }] = results as [(typeof results)[number]];
    assert.deepEqual([below, exact, because], ["2026-11-24 09:59:00", false, "privilege"]);
    assert.match(
      grant!,
      /^GRANT SELECT ON SYS\.GV_\$SESSION TO "READER"; GRANT SELECT ON SYS\.GV_\$TRANSACTION/,
    );
  });

  test("is no later than the settle time until somebody has seen that the server shows everybody", async () => {
    const { results } = await horizons(
      [
        { clock: "2026-11-24 10:00:00.000000" },
        { clock: "2026-11-24 10:30:00.000000", transactions: [writer] },
      ],
      {},
      false,
    );
    assert.deepEqual(
      results.map(({ below, exact, because }) => [below, exact, because]),
      [
        ["2026-11-24 09:59:00", false, "unproven"],
        ["2026-11-24 09:00:00", false, "unproven"],
      ],
    );
  });

  test("is the settle time alone on a standby", async () => {
    const { results } = await horizons([{ clock: "2026-11-24 10:00:00.000000" }], {
      role: "PHYSICAL STANDBY",
    });
    assert.deepEqual([results[0]!.exact, results[0]!.because], [false, "replica"]);
  });
});
