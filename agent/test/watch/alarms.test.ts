import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Sample } from "../../src/state/watch-facts.ts";
import { alarmsOf } from "../../src/watch/alarms.ts";
import {
  minuteMs,
  hourMs,
  now,
  ago,
  limits,
  type PipelineParts,
  ledgerLimits,
  siteOf,
  codes,
  failure,
} from "./site-of.ts";

describe("a pipeline that should have run and did not", () => {
  const daily = { schedule: "0 0 2 * * *", everyMs: undefined } as never;
  const idle = { lastRunAt: ago(20), lastSuccessAt: ago(20) };

  it("is overdue when its time is long past, by its schedule", () => {
    assert.deepEqual(codes(siteOf([{}])), []);
    assert.deepEqual(codes(siteOf([idle])), ["people QZ_OVERDUE"]);
    const yesterday = { lastRunAt: now - 34 * hourMs, lastSuccessAt: now - 33 * hourMs };
    const view = siteOf([{ config: daily, ...yesterday }], {
      agent: { presentSince: now - 99 * hourMs, aliveAt: ago(1) },
    });
    assert.deepEqual(codes(view), ["people QZ_OVERDUE"]);
    assert.deepEqual(alarmsOf(view)[0]?.details["due"], "2026-03-01T18:00:00.000Z");
  });

  it("is not while its day has not come", () => {
    const tonight = { lastRunAt: now - 10 * hourMs, lastSuccessAt: now - 9 * hourMs };
    assert.deepEqual(codes(siteOf([{ config: daily, ...tonight }])), []);
    assert.deepEqual(codes(siteOf([{ config: { everyMs: undefined } as never, ...idle }])), []);
  });

  it("is not while it is paused, just resumed, outside its window, or in it for a short time", () => {
    assert.deepEqual(codes(siteOf([{ ...idle, paused: true }])), []);
    assert.deepEqual(codes(siteOf([{ ...idle, facts: { heldAt: ago(5) } }])), []);
    assert.deepEqual(codes(siteOf([{ ...idle, windows: [{ from: 0, until: 6 * 60 }] }])), []);
    const open = { ...idle, windows: [{ from: 11 * 60, until: 13 * 60 }] };
    assert.deepEqual(codes(siteOf([open])), ["people QZ_OVERDUE"]);
  });

  it("is not when its last run has just ended after hours, nor while its start may be put off", () => {
    assert.deepEqual(codes(siteOf([{ lastRunAt: ago(300), lastSuccessAt: ago(1) }])), []);
    const config = { jitterMs: 15 * minuteMs };
    assert.deepEqual(codes(siteOf([{ ...idle, config }])), []);
  });

  it("is not while it reads, or waits for its turn at a source that answers another", () => {
    const run = { startedAt: ago(19), isReading: true, answeredAt: ago(1) };
    assert.deepEqual(codes(siteOf([{ ...idle, facts: { run } }])), []);
    const waits = { ...idle, facts: { run: { ...run, isReading: false } } };
    assert.deepEqual(codes(siteOf([waits])), ["people QZ_OVERDUE"]);
    const other = { config: { name: "other" }, facts: { run } };
    assert.deepEqual(codes(siteOf([waits, other])), []);
    const stuck = { ...other, facts: { run: { ...run, answeredAt: ago(31) } } };
    assert.deepEqual(codes(siteOf([waits, stuck])), ["people QZ_OVERDUE", "other QZ_RUN_STALLED"]);
    const elsewhere = { ...other, source: "finance" };
    assert.deepEqual(codes(siteOf([waits, elsewhere])), ["people QZ_OVERDUE"]);
  });

  it("is not while it rests after an error, which is said anyway, nor when the agent has just started", () => {
    const lastError = { code: "QZ_SOURCE_AUTH", details: {}, at: ago(20) } as const;
    assert.deepEqual(codes(siteOf([{ ...idle, lastError }])), []);
    const agent = { presentSince: ago(9), aliveAt: ago(1) };
    assert.deepEqual(
      codes(siteOf([idle, { lastRunAt: null, lastSuccessAt: null }], { agent })),
      [],
    );
    const longer = { presentSince: ago(12), aliveAt: ago(1) };
    const never = { config: { name: "never" }, lastRunAt: null, lastSuccessAt: null };
    assert.deepEqual(codes(siteOf([never], { agent: longer })), ["never QZ_OVERDUE"]);
  });
});

describe("an agent that does not run", () => {
  const gone = { presentSince: ago(600), aliveAt: ago(60) };
  const many = Array.from({ length: 200 }, (_, index) => ({
    config: { name: `p${index}` },
    lastRunAt: ago(61),
    lastSuccessAt: ago(61),
    oldestSealedAt: ago(61),
    stream: { sealed: 2, lastReceiptAt: ago(61) },
  }));

  it("is one alarm, not one for each of its pipelines", () => {
    const view = siteOf(many, { agent: gone });
    assert.deepEqual(codes(view), ["QZ_AGENT_SILENT"]);
    assert.deepEqual(alarmsOf(view)[0]?.details, {
      since: new Date(ago(60)).toISOString(),
      pipelines: 200,
      batches: 400,
    });
  });

  it("is told of what was due while it was not there, though it came and went since", () => {
    const missed = {
      config: { schedule: "0 0 2 * * *", everyMs: undefined } as never,
      lastRunAt: now - 34 * hourMs,
      lastSuccessAt: now - 34 * hourMs,
    };
    const agent = { presentSince: ago(120), aliveAt: ago(60) };
    assert.deepEqual(codes(siteOf([missed], { agent })), ["QZ_AGENT_SILENT"]);
  });

  it("is none when nothing is due and nothing waits, or commands do what is due", () => {
    assert.deepEqual(codes(siteOf([{}], { agent: gone })), []);
    assert.deepEqual(codes(siteOf([{}], { agent: undefined })), []);
    const overdue = [{ lastRunAt: ago(60), lastSuccessAt: ago(60) }];
    assert.deepEqual(codes(siteOf(overdue, { agent: undefined })), ["QZ_AGENT_SILENT"]);
  });
});

describe("a run that stands still", () => {
  const run = { startedAt: ago(90), isReading: true, answeredAt: ago(31) };

  it("is told when its source has answered nothing for long", () => {
    assert.deepEqual(codes(siteOf([{ facts: { run } }])), ["people QZ_RUN_STALLED"]);
    assert.deepEqual(codes(siteOf([{ facts: { run: { ...run, answeredAt: ago(29) } } }])), []);
  });

  it("is not told of one that waits for its window, or has waited until now", () => {
    assert.deepEqual(codes(siteOf([{ facts: { run }, windows: [{ from: 0, until: 60 }] }])), []);
    assert.deepEqual(codes(siteOf([{ facts: { run, heldAt: ago(10) } }])), []);
  });
});

describe("batches that wait and do not leave", () => {
  const waiting = {
    oldestSealedAt: ago(20),
    stream: { sealed: 3, lastReceiptAt: ago(15) },
    facts: { delivery: failure(20, "QZ_NOT_ALLOWED") },
  };

  it("are told with the reason", () => {
    const view = siteOf([waiting]);
    assert.deepEqual(codes(view), ["people QZ_BATCHES_WAITING"]);
    assert.match(
      JSON.stringify(alarmsOf(view)[0]?.details["problem"]),
      /"en":"QZ_NOT_ALLOWED Site/,
    );
  });

  it("are not while others are taken, or the oldest has not waited for long", () => {
    const moving = { ...waiting, stream: { sealed: 3, lastReceiptAt: ago(1) } };
    assert.deepEqual(codes(siteOf([moving])), []);
    assert.deepEqual(codes(siteOf([{ ...waiting, oldestSealedAt: ago(9) }])), []);
  });

  it("are one alarm of the platform when it is away, from a minute on", () => {
    const away = (minutes: number) => ({
      target: { failure: failure(minutes, "QZ_PLATFORM_UNREACHABLE"), at: ago(0) },
    });
    const many = Array.from({ length: 200 }, () => waiting);
    assert.deepEqual(codes(siteOf(many, away(20))), ["QZ_PLATFORM_UNREACHABLE"]);
    assert.deepEqual(codes(siteOf([{}], away(0.5))), []);
    assert.deepEqual(codes(siteOf([{}], away(2))), ["QZ_PLATFORM_UNREACHABLE"]);
    const sooner = { ...away(0.5), limits: { ...limits, waitingAfterMs: 10_000 } };
    assert.deepEqual(codes(siteOf([{}], sooner)), ["QZ_PLATFORM_UNREACHABLE"]);
    const once = { ...away(600), agent: undefined };
    assert.deepEqual(codes(siteOf([{}], once)), []);
    assert.deepEqual(codes(siteOf([waiting], once)), ["QZ_PLATFORM_UNREACHABLE"]);
    // A run by hand has just failed, and nobody tries again.
    const fresh = { oldestSealedAt: ago(0.1), stream: { sealed: 1 } };
    assert.deepEqual(codes(siteOf([fresh], { ...away(0), agent: undefined })), [
      "QZ_PLATFORM_UNREACHABLE",
    ]);
    const refused = { ...fresh, facts: { delivery: failure(0, "QZ_NOT_ALLOWED") } };
    assert.deepEqual(codes(siteOf([refused])), []);
    assert.deepEqual(codes(siteOf([refused], { agent: undefined })), ["people QZ_BATCHES_WAITING"]);
    // A code that only another version knows.
    const other = { target: { failure: failure(2, "QZ_NEWER" as never), at: ago(0) } };
    assert.deepEqual(codes(siteOf([{}], other)), ["QZ_NEWER"]);
  });
});

describe("a copy that falls behind", () => {
  const behind = (...minutes: readonly number[]): readonly Sample[] =>
    minutes.map((each, index) => ({
      at: ago(5 * (minutes.length - index)),
      behindMs: each * minuteMs,
      quarantined: 0,
      isLoading: false,
    }));
  const backlog = {
    oldestSealedAt: ago(40),
    stream: { sealed: 900, lastReceiptAt: ago(0) },
    facts: { samples: behind(25, 30, 35) },
  };

  it("is told when what waits is older each time it is looked at", () => {
    assert.deepEqual(codes(siteOf([backlog])), ["people QZ_LAG_GROWS"]);
  });

  it("is not when it catches up, is not far behind, is loaded for the first time, or was held", () => {
    const course = (...minutes: readonly number[]) => ({
      ...backlog,
      facts: { samples: behind(...minutes) },
    });
    assert.deepEqual(codes(siteOf([course(25, 45, 35)])), []);
    assert.deepEqual(codes(siteOf([course(30, 35)])), []);
    assert.deepEqual(codes(siteOf([{ ...backlog, oldestSealedAt: ago(29) }])), []);
    assert.deepEqual(codes(siteOf([{ ...backlog, isLoading: true }])), []);
    const held = { ...backlog, facts: { ...backlog.facts, heldAt: ago(12) } };
    assert.deepEqual(codes(siteOf([held])), []);
  });

  it("is not said besides what explains it", () => {
    const lastError = { code: "QZ_OUTBOX_FULL", details: {}, at: ago(1) } as const;
    assert.deepEqual(codes(siteOf([{ ...backlog, lastError }])), []);
    assert.deepEqual(codes(siteOf([{ ...backlog, paused: true }])), []);
    const failed = failure(20, "QZ_PLATFORM_FAULT");
    const refused = { ...backlog, facts: { ...backlog.facts, delivery: failed } };
    assert.deepEqual(codes(siteOf([refused])), []);
    const away = { target: { failure: failed, at: now } };
    assert.deepEqual(codes(siteOf([backlog], away)), ["QZ_PLATFORM_FAULT"]);
  });

  it("is told of a run that takes longer than its schedule allows, and not of a long one that does not", () => {
    const run = { startedAt: ago(100), isReading: true, answeredAt: ago(0) };
    const hourly = (lastSuccess: number, ...minutes: readonly number[]): PipelineParts => ({
      config: { everyMs: hourMs },
      lastRunAt: ago(lastSuccess + 30),
      lastSuccessAt: ago(lastSuccess),
      facts: { run, samples: behind(...minutes) },
    });
    assert.deepEqual(codes(siteOf([hourly(115, 40, 45, 50)])), []);
    assert.deepEqual(codes(siteOf([hourly(125, 50, 55, 60)])), ["people QZ_LAG_GROWS"]);
  });
});

describe("a quarantine that grows", () => {
  const counts = (...each: readonly (readonly [minutes: number, count: number])[]) =>
    each.map(([minutes, quarantined]): Sample => ({
      at: ago(minutes),
      behindMs: 0,
      quarantined,
      isLoading: false,
    }));

  it("is told by how many came within an hour", () => {
    const view = siteOf([{ quarantined: 350, facts: { samples: counts([50, 240], [30, 250]) } }]);
    assert.deepEqual(codes(view), ["people QZ_QUARANTINE_GROWS"]);
    assert.deepEqual(alarmsOf(view)[0]?.details, {
      pipeline: "people",
      count: 110,
      minutes: 50,
      total: 350,
    });
  });

  it("is not when few came, when they came before, or when the table is loaded", () => {
    const grown = { quarantined: 350, facts: { samples: counts([50, 251]) } };
    assert.deepEqual(codes(siteOf([grown])), []);
    assert.deepEqual(
      codes(siteOf([{ quarantined: 350, facts: { samples: counts([90, 0], [70, 350]) } }])),
      [],
    );
    const loaded = counts([50, 0], [20, 350]).map((each, index) => ({
      ...each,
      isLoading: index === 0,
    }));
    assert.deepEqual(codes(siteOf([{ quarantined: 350, facts: { samples: loaded } }])), []);
    const loading = { quarantined: 350, isLoading: true, facts: { samples: counts([50, 0]) } };
    assert.deepEqual(codes(siteOf([loading])), []);
  });
});

describe("a source that becomes slower", () => {
  const rates = (usual: number, last: number, minutes = 5) =>
    [...Array.from({ length: 10 }, () => usual), ...Array.from({ length: 5 }, () => last)].map(
      (rowsPerSecond, index) => ({ at: ago(minutes + 15 - index), rowsPerSecond }),
    );

  it("is told once a source, of the pipeline that it is worst for", () => {
    const view = siteOf([
      { config: { name: "bad" }, facts: { rates: rates(1000, 200) } },
      { config: { name: "worse" }, facts: { rates: rates(1000, 100) } },
      { facts: { rates: rates(1000, 240) } },
      { config: { name: "elsewhere" }, source: "finance", facts: { rates: rates(10, 1) } },
    ]);
    assert.deepEqual(codes(view), ["worse QZ_SOURCE_SLOWER", "elsewhere QZ_SOURCE_SLOWER"]);
    assert.deepEqual(alarmsOf(view)[0]?.details["before"], 1000);
  });

  it("is not for less than was agreed, for one slow page, or for what was long ago", () => {
    assert.deepEqual(codes(siteOf([{ facts: { rates: rates(1000, 260) } }])), []);
    const once = rates(1000, 1000).with(-1, { at: ago(1), rowsPerSecond: 1 });
    assert.deepEqual(codes(siteOf([{ facts: { rates: once } }])), []);
    assert.deepEqual(codes(siteOf([{ facts: { rates: rates(1000, 1).slice(1) } }])), []);
    assert.deepEqual(codes(siteOf([{ facts: { rates: rates(1000, 1, 27 * 60) } }])), []);
  });
});

describe("a source that is ahead", () => {
  const mark = { value: 8, column: "id", aheadSince: ago(30), isConfirmed: true };

  it("is told when a poll after it was seen has not seen a row either", () => {
    assert.deepEqual(codes(siteOf([{ mark }])), ["people QZ_SOURCE_AHEAD"]);
    assert.deepEqual(codes(siteOf([{ mark: { ...mark, isConfirmed: false } }])), []);
    assert.deepEqual(codes(siteOf([{ mark: { ...mark, aheadSince: null } }])), []);
  });

  it("is not after a reconciliation, while paused, or besides an error", () => {
    assert.deepEqual(codes(siteOf([{ mark, reconciledAt: ago(20) }])), []);
    assert.deepEqual(codes(siteOf([{ mark, reconciledAt: ago(40) }])), ["people QZ_SOURCE_AHEAD"]);
    assert.deepEqual(codes(siteOf([{ mark, paused: true }])), []);
  });
});

describe("a source that keeps its log for a pipeline", () => {
  const gibibyte = 2 ** 30;
  const feed = { at: ago(1), readToEndAt: ago(1), keptBytes: gibibyte, limitBytes: gibibyte * 4 };
  const told = ["people QZ_FEED_PILES_UP"];

  it("is told of when little is left of its limit, or much is kept without one", () => {
    assert.deepEqual(codes(siteOf([{ feed }])), []);
    assert.deepEqual(codes(siteOf([{ feed: { ...feed, keptBytes: gibibyte * 3.5 } }])), told);
    assert.deepEqual(codes(siteOf([{ feed: { ...feed, limitBytes: null } }])), []);
    const much = { ...feed, limitBytes: null, keptBytes: gibibyte * 2 };
    assert.deepEqual(codes(siteOf([{ feed: much }])), told);
  });

  it("is told of when the pipeline has not read for a day, paused or not", () => {
    const unread = { ...feed, keptBytes: 0, at: ago(25 * 60) };
    const paused = { feed: unread, paused: true, lastSuccessAt: ago(25 * 60) };
    assert.deepEqual(codes(siteOf([paused])), told);
    assert.deepEqual(codes(siteOf([{ ...paused, lastSuccessAt: ago(23 * 60) }])), []);
    assert.deepEqual(codes(siteOf([{ ...paused, feed: { ...unread, keptBytes: null } }])), []);
    // Of a table that does not change, polls write no report.
    assert.deepEqual(codes(siteOf([{ feed: unread }])), []);
  });
});

describe("a ledger that is too small for its time", () => {
  const ledger = { bytes: 1_000, since: ago(60), ...ledgerLimits };

  it("is told of as long as what was cut off would still be there", () => {
    const [alarm] = alarmsOf(siteOf([], { ledger: { ...ledger, cutAt: ago(61) } }));
    assert.equal(alarm?.code, "QZ_LEDGER_SHORT");
    assert.deepEqual(alarm?.details, {
      since: new Date(ago(60)).toISOString(),
      limit: ledger.maxBytes,
      days: 400,
    });
  });

  it("is none when entries went at their time", () => {
    const cutAt = now - ledger.keepMs - hourMs;
    assert.deepEqual(codes(siteOf([], { ledger: { ...ledger, cutAt } })), []);
  });
});
