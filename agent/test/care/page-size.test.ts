import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MIN_PAGE_ROWS, pageSize } from "../../src/care/page-size.ts";

const sizes = () => pageSize({ maxRows: 5_000, targetMs: 500 });

/** A full page of the size that would be asked. */
const read = (size: ReturnType<typeof sizes>, ms: number, asked = 5_000) =>
  size.note({ asked, rows: size.limit(asked), end: false, ms });

describe("the size of a pipeline's pages", () => {
  it("is what the configuration allows while the source is fast, and never more", () => {
    const size = sizes();
    for (let page = 0; page < 100; page++) read(size, 1);
    assert.equal(size.rows, 5_000);
    assert.equal(size.limit(5_001), 5_001, "the row where a page begins comes on top");
    assert.equal(size.limit(9_000), 5_001);
    assert.equal(size.limit(1), 1);
  });

  it("falls at once to what would have fitted into the target", () => {
    const size = sizes();
    read(size, 5_000);
    assert.equal(size.rows, 500);
  });

  it("does not fall below a page that is worth its statement", () => {
    const size = sizes();
    for (let page = 0; page < 5; page++) read(size, 600_000);
    assert.equal(size.rows, MIN_PAGE_ROWS);
    const small = pageSize({ maxRows: 7, targetMs: 500 });
    small.note({ asked: 7, rows: 7, end: false, ms: 600_000 });
    assert.equal(small.rows, 7);
  });

  it("grows again by a quarter a page, only when a page took less than half the target", () => {
    const size = sizes();
    read(size, 5_000);
    read(size, 300);
    assert.equal(size.rows, 500);
    read(size, 200);
    assert.equal(size.rows, 625);
    for (let page = 0; page < 20; page++) read(size, 200);
    assert.equal(size.rows, 5_000);
  });

  it("learns nothing from a short last page: its time is not for its rows", () => {
    const size = sizes();
    size.note({ asked: 5_000, rows: 3, end: true, ms: 60_000 });
    assert.equal(size.rows, 5_000);
    read(size, 5_000);
    size.note({ asked: 5_000, rows: 3, end: true, ms: 1 });
    assert.equal(size.rows, 500);
  });

  it("learns from a page that was short for the size of its values", () => {
    const size = sizes();
    size.note({ asked: 5_000, rows: 1_400, end: false, ms: 7_000 });
    assert.equal(size.rows, MIN_PAGE_ROWS);
  });

  it("does not grow by pages that asked for less", () => {
    const size = sizes();
    read(size, 5_000);
    read(size, 1, 100);
    assert.equal(size.rows, 500);
  });
});
