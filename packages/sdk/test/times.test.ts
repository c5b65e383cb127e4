import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonical, holds, refuses } from "./canonical-expectations.ts";
import { item } from "./fixtures.ts";

describe("dates", () => {
  const date = item("date");

  test("are days of the Gregorian calendar", () =>
    holds(date, [
      ["2024-02-29", "2024-02-29"],
      ["0001-01-01", "0001-01-01"],
      ["9999-12-31", "9999-12-31"],
      ["1986-05-04", "1986-05-04"],
      ["2024-01-02 00:00:00", "2024-01-02"],
      ["2024-01-02T00:00:00.000", "2024-01-02"],
      ["2024-01-01 16:00:00Z", "2024-01-02"],
      ["", null],
    ]));

  test("that do not exist are refused, zero dates with their own reason", () => {
    refuses(date, "QZ_DATE_INVALID", [
      "2023-02-29",
      "1900-02-29",
      "2024-13-01",
      "2024-01-32",
      "10000-01-01",
      "infinity",
      "2024-1-5",
      "20240105",
    ]);
    refuses(date, "QZ_DATE_ZERO", [
      "0000-00-00",
      "2024-00-10",
      "2024-05-00",
      "0000-00-00 00:00:00",
    ]);
    refuses(date, "QZ_TIME_PRESENT", ["2024-01-02 00:00:01", "2024-01-02 00:00:00.000001"]);
    refuses(date, "QZ_TYPE", [20240105, new Date(0)]);
  });

  test("agree with the calendar on every combination of numbers", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.nat(15), fc.nat(35), (year, month, day) => {
        const text = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
        const instant = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
        assert.equal(canonical(date, text) === text, exists, text);
      }),
      {
        examples: [
          [1900, 2, 29],
          [2000, 2, 29],
          [4, 2, 29],
          [100, 2, 29],
        ],
      },
    ));
});

describe("times", () => {
  const seconds = item("datetime");
  const millis = item("datetime", { fraction: 3 });

  test("without zone are taken as written, in the source's offset", () =>
    holds(seconds, [
      ["2024-01-02 03:04:05", "2024-01-02T03:04:05+08:00"],
      ["1900-12-31 23:59:59", "1900-12-31T23:59:59+08:00"],
      ["1986-05-04 02:30:00", "1986-05-04T02:30:00+08:00"],
      ["2024-01-02T03:04:05+08:00", "2024-01-02T03:04:05+08:00"],
      ["2024-01-02 03:04:05.000", "2024-01-02T03:04:05+08:00"],
    ]));

  test("have exactly their fraction digits, and lose none but zeros", () => {
    holds(millis, [
      ["2024-01-02 03:04:05", "2024-01-02T03:04:05.000+08:00"],
      ["2024-01-02 03:04:05.1", "2024-01-02T03:04:05.100+08:00"],
      ["2024-01-02 03:04:05.123000", "2024-01-02T03:04:05.123+08:00"],
      ["2024-01-02 03:04:05.123", "2024-01-02T03:04:05.123+08:00"],
    ]);
    refuses(millis, "QZ_FRACTION", ["2024-01-02 03:04:05.1234"]);
    refuses(seconds, "QZ_FRACTION", ["2024-01-02 03:04:05.5"]);
  });

  test("with another zone are moved to the source's by whole seconds, across days and years", () =>
    holds(seconds, [
      ["2023-12-31 16:00:00+00:00", "2024-01-01T00:00:00+08:00"],
      ["2024-03-01 00:00:00+09:00", "2024-02-29T23:00:00+08:00"],
      ["2024-01-01 00:00:00 -05:30", "2024-01-01T13:30:00+08:00"],
      ["1900-01-01 08:05:43+08:05:43", "1900-01-01T08:00:00+08:00"],
      ["2023-12-31T16:00:00Z", "2024-01-01T00:00:00+08:00"],
      ["9999-12-31 23:00:00+00:00", "QZ_DATE_INVALID"],
      ["0001-01-01 00:00:00+14:00", "QZ_DATE_INVALID"],
    ]));

  test("of 24:00, second 60, or without a time are refused", () => {
    refuses(seconds, "QZ_TIME_INVALID", [
      "2024-01-02 24:00:00",
      "2024-01-02 23:59:60",
      "2024-01-02 03:04",
      "2024-01-02 03:04:05+8",
      // By this RFC 3339 says that nobody knows the offset.
      "2024-01-02 03:04:05-00:00",
      "2024-01-02 03:04:05-00",
    ]);
    refuses(seconds, "QZ_TIME_INVALID", ["2024-01-02 00:00:00-23:00", "2024-01-02 00:00:00+24:00"]);
    refuses(seconds, "QZ_TIME_ABSENT", ["2024-01-02"]);
    refuses(seconds, "QZ_DATE_ZERO", ["0000-00-00 00:00:00"]);
    refuses(seconds, "QZ_DATE_INVALID", ["infinity", "-infinity", "2024-02-30 00:00:00"]);
  });

  test("denote the instant they were given, whatever their zone", () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1000-01-01"), max: new Date("9000-01-01"), noInvalidDate: true }),
        fc.integer({ min: -840, max: 840 }),
        (date, minutes) => {
          const instant = Math.floor(date.getTime() / 1000) * 1000;
          const wall = new Date(instant + minutes * 60_000)
            .toISOString()
            .slice(0, 19)
            .replace("T", " ");
          const size = Math.abs(minutes);
          const zone = `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
          const value = String(canonical(seconds, wall + zone));
          assert.ok(value.endsWith("+08:00"));
          assert.equal(Date.parse(value), instant);
        },
      ),
    ));

  test("of day carry the offset, and durations are refused", () => {
    holds(item("time"), [
      ["08:30:00", "08:30:00+08:00"],
      ["08:30:00.000", "08:30:00+08:00"],
      ["08:30:00+08:00", "08:30:00+08:00"],
      ["08:30:00+08", "08:30:00+08:00"],
    ]);
    holds(item("time", { fraction: 2 }), [
      ["08:30:00.5", "08:30:00.50+08:00"],
      ["08:30:00.55", "08:30:00.55+08:00"],
    ]);
    refuses(item("time"), "QZ_TIME_INVALID", [
      "-01:00:00",
      "25:00:00",
      "838:59:59",
      "24:00:00",
      "08:30:00+09:00",
      "8:30",
    ]);
  });
});
