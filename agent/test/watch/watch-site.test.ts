import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openStore, Outbox, type DeliveryState, type Store } from "@qianzhi/exchange";
import { QianzhiError, type LogFields, type World } from "@qianzhi/sdk";
import type { AlarmLimits, SiteConfig } from "../../src/config/site-config.ts";
import type { PipelineRunner } from "../../src/run/pipeline-runner.ts";
import type { Site } from "../../src/run/site.ts";
import { agentSchema } from "../../src/state/agent-schema.ts";
import { siteIssues } from "../../src/run/status-issues.ts";
import { readPipelineState, writePipelineState } from "../../src/state/pipeline-state.ts";
import { writeReconciliation } from "../../src/state/reconciliations.ts";
import { readWatchFacts, type RunFacts } from "../../src/state/watch-facts.ts";
import { alarmsOf } from "../../src/watch/alarms.ts";
import { viewOf } from "../../src/watch/site-view.ts";
import { watchSite, type SiteWatch } from "../../src/watch/watch-site.ts";
import { sleepingWorld } from "../care/world.ts";

const minuteMs = 60_000;
const limits: AlarmLimits = {
  overdueAfterMs: 10 * minuteMs,
  stalledAfterMs: 30 * minuteMs,
  lagAfterMs: 30 * minuteMs,
  waitingAfterMs: 10 * minuteMs,
  quarantineGrowth: 3,
  slowdownPercent: 75,
};
const names = ["one", "two"];

let directory: string;
let store: Store;
let outbox: Outbox;
let site: Site;
let watch: SiteWatch;
/** Milliseconds by which the wall clock was set. */
let stepMs = 0;
let base: ReturnType<typeof sleepingWorld>;
let delivery: Partial<DeliveryState> = {};
let run: RunFacts | null = null;
let rate: number | undefined;
let logged: { readonly event: string; readonly fields: LogFields }[] = [];

/** What the log has said since it was asked last. */
function said(): readonly string[] {
  const words = logged.map(({ event, fields: { pipeline, code, error } }) =>
    [event, pipeline, code ?? (QianzhiError.is(error) ? error.code : "")].filter(Boolean).join(" "),
  );
  logged = [];
  return words;
}

/** As a process that is started in the same directory. */
function begin(): void {
  watch = watchSite(
    site,
    names.map((name) => {
      const progress = { run: () => run, takeRate: () => rate };
      return { config: site.config.pipelines.find((each) => each.name === name), progress };
    }) as unknown as readonly PipelineRunner[],
  );
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "qianzhi-watch-"));
  base = sleepingWorld();
  [stepMs, delivery, run, rate, logged] = [0, {}, null, undefined, []];
  const log = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  const world: World = {
    ...base,
    clock: { now: () => base.clock.now() + stepMs, monotonic: base.clock.monotonic },
    log: { debug: log, info: log, warn: log, error: log },
  };
  store = await openStore({ directory, schemas: [agentSchema], world });
  outbox = new Outbox(store);
  const config = {
    timeZone: "Asia/Shanghai",
    alarms: limits,
    pipelines: names.map((name) => ({
      name,
      everyMs: 10_000,
      jitterMs: 0,
      relation: { table: ["t"] },
      resource: { identifier: name },
      source: { name: "legacy", windows: [] },
    })),
  } as unknown as SiteConfig;
  site = {
    config,
    store,
    outbox,
    pools: new Map(),
    flush: () => undefined,
    delivery: { state: () => ({ running: true, streams: [], ...delivery }) },
  } as unknown as Site;
  begin();
  ran();
});
afterEach(async () => {
  store.close();
  await rm(directory, { recursive: true });
});

/** Both pipelines have just run, and well. */
function ran(): void {
  const now = store.world.clock.now();
  for (const name of names)
    writePipelineState(store, name, {
      lastRunAt: now,
      lastSuccessAt: now,
      fullPass: false,
      lastError: null,
    });
}

const codes = (alarms: readonly { readonly code: string }[]): readonly string[] =>
  alarms.map(({ code }) => code);
/** What a process sees that only looks into the store. */
const seenElsewhere = (): readonly string[] => codes(alarmsOf(viewOf(site.config, outbox)));

/** What `status` says then, in its order. */
const told = (): readonly string[] =>
  siteIssues(
    site.config,
    outbox,
    site.config.pipelines.map((pipeline) => ({
      pipeline,
      state: readPipelineState(store, pipeline.name),
      stream: undefined,
    })),
  ).map(({ pipeline, code }) => (pipeline === null ? code : `${pipeline} ${code}`));

describe("the watchdog of an agent", () => {
  it("says an alarm once when it is raised and once when it is over, also over a restart", () => {
    assert.deepEqual([watch.look(true), said()], [[], []]);
    for (let minute = 0; minute < 12; minute += 1) {
      base.ms += minuteMs;
      watch.look(true);
    }
    assert.deepEqual(said(), ["alarm one QZ_OVERDUE", "alarm two QZ_OVERDUE"]);
    assert.deepEqual(seenElsewhere(), ["QZ_OVERDUE", "QZ_OVERDUE"]);
    begin();
    base.ms += minuteMs;
    assert.deepEqual(codes(watch.look(true)), ["QZ_OVERDUE", "QZ_OVERDUE"]);
    assert.deepEqual(said(), []);
    ran();
    assert.deepEqual(watch.look(true), []);
    assert.deepEqual(said(), ["alarm over one QZ_OVERDUE", "alarm over two QZ_OVERDUE"]);
  });

  it("tells other processes that it is gone, until one is there again that has had its time", () => {
    watch.look(true);
    base.ms += 30 * minuteMs;
    assert.deepEqual(seenElsewhere(), ["QZ_AGENT_SILENT"]);
    begin();
    assert.deepEqual(watch.look(true), []);
    assert.deepEqual(seenElsewhere(), []);
  });

  it("does not let an agent that dies each five minutes pass for one that has just started", () => {
    for (let life = 0; life < 4; life += 1) {
      begin();
      watch.look(true);
      base.ms += 5 * minuteMs;
    }
    begin();
    assert.deepEqual(codes(watch.look(true)), ["QZ_OVERDUE", "QZ_OVERDUE"]);
  });

  it("takes the time that a clock was set by for none that has passed", () => {
    watch.look(true);
    base.ms += minuteMs;
    stepMs = 600 * minuteMs;
    assert.deepEqual(watch.look(true), []);
    base.ms += minuteMs;
    assert.deepEqual(watch.look(true), []);
    base.ms += 12 * minuteMs;
    assert.deepEqual(codes(watch.look(true)), ["QZ_OVERDUE", "QZ_OVERDUE"]);
  });

  it("begins its samples anew when a clock was set back", () => {
    for (let minute = 0; minute < 12; minute += 1) {
      watch.look(true);
      base.ms += minuteMs;
    }
    stepMs = -600 * minuteMs;
    watch.look(true);
    const { samples } = readWatchFacts(store.database).pipeline("one");
    assert.deepEqual(
      samples.map(({ at }) => at),
      [store.world.clock.now()],
    );
  });

  it("remembers since when the platform is away, and forgets it when it is back", () => {
    const error = new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "x" });
    delivery = { target: { error, failures: 1, retryInMs: 1 } };
    assert.deepEqual(watch.look(true), []);
    base.ms += 2 * minuteMs;
    ran();
    assert.deepEqual(codes(watch.look(true)), ["QZ_PLATFORM_UNREACHABLE"]);
    assert.deepEqual(seenElsewhere(), ["QZ_PLATFORM_UNREACHABLE"]);
    delivery = {};
    assert.deepEqual(watch.look(true), []);
    assert.deepEqual(said(), [
      "alarm QZ_PLATFORM_UNREACHABLE",
      "alarm over QZ_PLATFORM_UNREACHABLE",
    ]);
  });

  it("says once of the site what its pipelines have met, too", () => {
    const taken = new QianzhiError("QZ_SITE_TAKEN");
    delivery = { taken };
    for (const name of names)
      writePipelineState(store, name, {
        lastError: { code: taken.code, details: {}, at: store.world.clock.now() },
      });
    watch.look(true);
    base.ms += 2 * minuteMs;
    watch.look(true);
    assert.deepEqual(told(), ["QZ_SITE_TAKEN"]);
  });

  it("names at once, where no agent runs, what a run by hand met that stops the site for good", () => {
    delivery = { taken: new QianzhiError("QZ_SITE_TAKEN", { site: "s" }) };
    watch.look(false);
    assert.deepEqual(told(), ["QZ_SITE_TAKEN"]);
    base.ms += 2 * minuteMs;
    assert.deepEqual(told(), ["QZ_SITE_TAKEN"]);
    delivery = {};
    watch.look(false);
    assert.deepEqual(told(), []);
  });

  it("tells what stops first, then what does not arrive, is late, is missing, or was wanted so", () => {
    const error = new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "x" });
    delivery = { target: { error, failures: 1, retryInMs: 1 } };
    watch.look(true);
    base.ms += 2 * minuteMs;
    ran();
    outbox.quarantine.open({
      pipeline: "one",
      resource: "one",
      origin: "site",
      temporary: false,
      reasons: [],
      keyText: `["1"]`,
    });
    writePipelineState(store, "one", { paused: true });
    outbox.ledger.append("run", {});
    store.database.exec(`UPDATE ledger_extent SET cut_at = ${store.world.clock.now()}`);
    writeReconciliation(store, "one", {
      error: { code: "QZ_DIGESTS_UNSUPPORTED", details: {}, at: 1 },
    });
    const lastError = { code: "QZ_SOURCE_UNREACHABLE", details: {}, at: 1 } as const;
    writePipelineState(store, "two", { lastError });
    watch.look(true);
    assert.deepEqual(told(), [
      "two QZ_SOURCE_UNREACHABLE",
      "QZ_PLATFORM_UNREACHABLE",
      "one QUARANTINED",
      "one QZ_DIGESTS_UNSUPPORTED",
      "QZ_LEDGER_SHORT",
      "one PAUSED",
    ]);
  });

  it("takes a sample as soon as a first load has ended, by which later ones are measured", () => {
    writePipelineState(store, "one", { fullPass: true });
    watch.look(true);
    base.ms += minuteMs;
    ran();
    watch.look(true);
    const { samples } = readWatchFacts(store.database).pipeline("one");
    assert.deepEqual(
      samples.map(({ isLoading }) => isLoading),
      [true, false],
    );
  });

  it("keeps a sample each five minutes, of the last three hours", () => {
    for (let look = 0; look < 80; look += 1) {
      watch.look(true);
      base.ms += 2.5 * minuteMs;
      ran();
    }
    const { samples } = readWatchFacts(store.database).pipeline("one");
    assert.equal(samples.length, 36);
    const distances = samples.slice(1).map(({ at }, index) => at - (samples[index]?.at ?? 0));
    assert.deepEqual([...new Set(distances)], [5 * minuteMs]);
  });

  it("sees how a quarantine grows, and how a source becomes slower", () => {
    rate = 4000;
    for (let minute = 0; minute < 12; minute += 1) {
      watch.look(true);
      base.ms += minuteMs;
      ran();
    }
    for (let id = 0; id < 3; id += 1)
      outbox.quarantine.open({
        pipeline: "two",
        resource: "two",
        origin: "site",
        temporary: false,
        reasons: [],
        keyText: `["${id}"]`,
      });
    assert.deepEqual(codes(watch.look(true)), ["QZ_QUARANTINE_GROWS"]);
    rate = 900;
    for (let minute = 0; minute < 5; minute += 1) watch.look(true);
    assert.deepEqual(codes(watch.look(true)), ["QZ_SOURCE_SLOWER", "QZ_QUARANTINE_GROWS"]);
  });

  it("sees a run that stands still", () => {
    const now = store.world.clock.now();
    run = { startedAt: now, isReading: true, answeredAt: now };
    watch.look(true);
    base.ms += 31 * minuteMs;
    assert.deepEqual(codes(watch.look(true)), ["QZ_RUN_STALLED", "QZ_RUN_STALLED"]);
    assert.deepEqual(seenElsewhere(), ["QZ_RUN_STALLED", "QZ_RUN_STALLED"]);
  });

  it("does not pass for an agent when a command looks, and says nothing", () => {
    watch.look(false);
    assert.equal(readWatchFacts(store.database).agent, undefined);
    base.ms += 30 * minuteMs;
    assert.deepEqual(codes(watch.look(false)), ["QZ_AGENT_SILENT"]);
    assert.deepEqual(said(), []);
  });
});
