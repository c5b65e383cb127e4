import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openingIn, parseWindow } from "../../src/care/time-window.ts";

const minuteMs = 60_000;

function closedMinutes(windows: readonly string[], time: string, zone = "Asia/Shanghai") {
  const offset = zone === "Asia/Shanghai" ? "+08:00" : "Z";
  const now = Date.parse(`2026-03-02T${time}${offset}`);
  const closedMs = openingIn(windows.map(parseWindow), zone, { now: () => now }).closedMs();
  return closedMs === undefined ? undefined : closedMs / minuteMs;
}

describe("a time window", () => {
  it("holds its first instant and not its last", () => {
    assert.equal(closedMinutes(["08:00-12:00"], "07:59:59"), 1 / 60);
    assert.equal(closedMinutes(["08:00-12:00"], "08:00:00"), undefined);
    assert.equal(closedMinutes(["08:00-12:00"], "11:59:59.999"), undefined);
    assert.equal(closedMinutes(["08:00-12:00"], "12:00:00"), 20 * 60);
  });

  it("goes on after midnight", () => {
    assert.equal(closedMinutes(["22:00-06:00"], "21:59:00"), 1);
    for (const time of ["22:00:00", "23:59:59.999", "00:00:00", "05:59:59"])
      assert.equal(closedMinutes(["22:00-06:00"], time), undefined, time);
    assert.equal(closedMinutes(["22:00-06:00"], "06:00:00"), 16 * 60);
  });

  it("may end at midnight or begin there", () => {
    assert.equal(closedMinutes(["20:00-24:00"], "23:59:59"), undefined);
    assert.equal(closedMinutes(["20:00-24:00"], "00:00:00"), 20 * 60);
    assert.equal(closedMinutes(["00:00-01:00"], "23:30:00"), 30);
    assert.equal(closedMinutes(["00:00-24:00"], "13:00:00"), undefined);
  });

  it("is one of several, of which the next to open counts", () => {
    const windows = ["12:00-13:00", "22:00-02:00"];
    assert.equal(closedMinutes(windows, "12:30:00"), undefined);
    assert.equal(closedMinutes(windows, "13:00:00"), 9 * 60);
    assert.equal(closedMinutes(windows, "02:00:00"), 10 * 60);
  });

  it("is read in the site's zone", () => {
    assert.equal(closedMinutes(["22:00-06:00"], "15:00:00", "UTC"), 7 * 60);
    assert.equal(closedMinutes(["22:00-06:00"], "15:00:00"), 7 * 60);
    const inShanghai = openingIn([parseWindow("22:00-06:00")], "Asia/Shanghai", {
      now: () => Date.parse("2026-03-02T15:00:00Z"),
    });
    assert.equal(inShanghai.closedMs(), undefined);
  });

  it("closes nothing when there is none", () => {
    assert.equal(closedMinutes([], "12:00:00"), undefined);
  });
});
