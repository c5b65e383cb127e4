import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore } from "@qianzhi/exchange";
import { QianzhiError, type ErrorCode, type Target } from "@qianzhi/sdk";
import { restingTarget } from "../src/run/resting-target.ts";
import { agentSchema } from "../src/state/agent-schema.ts";
import { openPasswordRest } from "../src/state/password-rest.ts";
import { sleepingWorld } from "./care/world.ts";

const signal = new AbortController().signal;
const minuteMs = 60_000;

describe("a target that refuses our password", () => {
  const world = sleepingWorld();
  let directory: string;
  let tries = 0;
  let refusal: ErrorCode | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "qianzhi-target-"));
  });
  after(() => rm(directory, { recursive: true }));

  /** Has a new process ask three times; answers what it heard last. */
  async function ask(who: "forDelivery" | "forPeople" = "forDelivery"): Promise<string> {
    const store = await openStore({ directory, schemas: [agentSchema], world });
    const call = async (): Promise<undefined> => {
      tries += 1;
      if (refusal !== undefined) throw new QianzhiError(refusal);
    };
    const target = { position: call, deliver: call, capabilities: call } as unknown as Target;
    const rest = openPasswordRest(store, { name: "(target)", options: { password: "p" } });
    const asked = restingTarget(target, rest)[who];
    let heard = "";
    for (const ask of [asked.capabilities, asked.position!, asked.deliver] as (typeof call)[])
      heard = await ask.call(asked, ...([signal] as unknown as [])).then(
        () => "taken",
        (error: QianzhiError) => error.code,
      );
    store.close();
    return heard;
  }

  it("is tried once a quarter of an hour, however often the agent is started", async () => {
    refusal = "QZ_TARGET_AUTH";
    for (let starts = 0; starts < 5; starts += 1) assert.equal(await ask(), "QZ_TARGET_AUTH");
    assert.equal(tries, 1);
    world.ms += 15 * minuteMs;
    await ask();
    assert.equal(tries, 2);
  });

  it("is tried at once by a person, who frees the way", async () => {
    refusal = undefined;
    assert.equal(await ask(), "QZ_TARGET_AUTH");
    assert.equal(await ask("forPeople"), "taken");
    assert.equal(await ask(), "taken");
  });

  it("is told from one that cannot be reached, which is tried as often as delivery likes", async () => {
    refusal = "QZ_PLATFORM_UNREACHABLE";
    tries = 0;
    await ask();
    await ask();
    assert.equal(tries, 6);
  });
});
