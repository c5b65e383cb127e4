import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { sqliteFault } from "../src/errors.ts";

const CANTOPEN = 14;
const READONLY = 8;

describe("a file that SQLite does not open", () => {
  test("is denied where it is there: in WAL mode a reader needs to write beside it; else there is none", () => {
    const folder = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
    try {
      const path = join(folder, "app.db");
      const fault = (errcode: number) =>
        sqliteFault(Object.assign(new Error("cannot"), { errcode }), {
          source: "legacy",
          path,
          operation: "open",
          name: "app.db",
        });
      assert.equal(fault(CANTOPEN).code, "QZ_DATABASE_NOT_FOUND");
      writeFileSync(path, "");
      for (const errcode of [CANTOPEN, READONLY]) {
        assert.equal(fault(errcode).code, "QZ_SOURCE_DENIED");
        assert.match(String(fault(errcode).hint), new RegExp(`ReadWritePaths=${folder}`));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
