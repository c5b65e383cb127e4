import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QianzhiError, type AdapterHost, type Horizon } from "@qianzhi/sdk";
import { defineSqlAdapter, unlisted, type SqlConnection } from "../src/index.ts";

const calm = new AbortController().signal;
const relation = { table: ["t"] };
const stamp = { name: "at", type: "datetime", native: "DATETIME", nullable: false } as const;
const options = { host: "10.0.0.5" };
const late = new QianzhiError("QZ_SOURCE_TIMEOUT");

/** A server whose list of sessions was made at this time. */
interface Server {
  readonly identity: string;
  readonly replica?: boolean;
  readonly looks: (string | QianzhiError)[];
}

/** What was called has asked the server. */
const asked = () => new Promise(setImmediate);

/** Servers answer when it resolves. */
let answered: Promise<void> = Promise.resolve();
let nowMs = 0;

/** From here on no server answers until the function is called. */
function silence(): () => void {
  let answer = (): void => {};
  answered = new Promise((resolve) => void (answer = resolve));
  return answer;
}

async function connected({ identity, replica = false, looks }: Server) {
  const connection: Partial<SqlConnection> = {
    source: "legacy",
    async activity() {
      await answered;
      const clock = looks.shift() ?? "";
      if (typeof clock !== "string") throw clock;
      return { clock, holders: [], ...(replica ? { doubt: { because: "replica" } } : {}) };
    },
    probe: async () => ({ product: "P", version: "1", identity, replica }),
    describe: async () => unlisted([stamp], ["t"]),
  };
  const adapter = defineSqlAdapter<object>({
    kind: "any",
    optionsSchema: {},
    connect: async () => connection as SqlConnection,
  });
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const host = { signal: calm, offset: "+08:00", clock } as AdapterHost;
  const source = await adapter.open(options, host);
  return (signal = calm): Promise<Horizon> => {
    nowMs += 100;
    return source.horizon!({ relation, cursor: "at", settleMs: 1_000 }, signal);
  };
}

describe("connections with the same options", () => {
  test("share a look at one server", async () => {
    nowMs += 1_000;
    const looks = ["2026-12-01 12:00:00"];
    const [one, other] = [
      await connected({ identity: "a", looks }),
      await connected({ identity: "a", looks }),
    ];
    const answer = silence();
    const first = one();
    await asked();
    const second = other();
    await asked();
    answer();
    const below = [await first, await second, await one()].map((each) => each.below);
    assert.deepEqual(below, Array(3).fill("2026-12-01 12:00:00"));
  });

  test("share none where their address leads to a server and to its standby, or to two servers", async () => {
    nowMs += 1_000;
    const primary = await connected({ identity: "a", looks: ["2026-12-01 12:00:10"] });
    const standby = await connected({
      identity: "a",
      replica: true,
      looks: ["2026-12-01 12:00:10"],
    });
    const another = await connected({ identity: "b", looks: ["2026-12-01 11:59:00"] });
    assert.equal((await primary()).exact, true);
    const { below, exact, because } = await standby();
    assert.deepEqual([below, exact, because], ["2026-12-01 12:00:09", false, "replica"]);
    assert.equal((await another()).below, "2026-12-01 11:59:00");
  });

  test("look for themselves where the look of another one failed", async () => {
    nowMs += 1_000;
    const failing = await connected({ identity: "a", looks: [late] });
    const other = await connected({ identity: "a", looks: ["2026-12-01 12:00:00"] });
    const answer = silence();
    const failed = assert.rejects(failing(), late);
    await asked();
    const own = other();
    await asked();
    answer();
    assert.equal((await own).below, "2026-12-01 12:00:00");
    await failed;
  });

  test("go on sharing a look when one of those who wait for it leaves", async () => {
    nowMs += 1_000;
    const looks = ["2026-12-01 12:00:00"];
    const [one, leaving, other] = [
      await connected({ identity: "a", looks }),
      await connected({ identity: "a", looks }),
      await connected({ identity: "a", looks }),
    ];
    const answer = silence();
    const first = one();
    await asked();
    const stop = new AbortController();
    const left = assert.rejects(leaving(stop.signal), { code: "QZ_CANCELLED" });
    await asked();
    stop.abort();
    await left;
    const last = other();
    await asked();
    answer();
    assert.equal((await last).below, "2026-12-01 12:00:00");
    await first;
  });
});
