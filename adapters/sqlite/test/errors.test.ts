import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { QianzhiError } from "@qianzhi/sdk";
import { sqliteFault } from "../src/errors.ts";

const CANTOPEN = 14;
const READONLY = 8;
/** Of an account that has no rights. */
const NOBODY = 65_534;

describe("a file that SQLite does not open", () => {
  const withFolder = (
    work: (path: string, fault: (errcode: number) => QianzhiError) => void,
  ): void => {
    const folder = mkdtempSync(join(tmpdir(), "qianzhi-sqlite-"));
    const path = join(folder, "app.db");
    const place = { source: "legacy", path, operation: "open", name: "app.db" };
    const fault = (errcode: number) =>
      sqliteFault(Object.assign(new Error("cannot"), { errcode }), place);
    try {
      work(path, fault);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("is denied where it is there: in WAL mode a reader needs to write beside it; else there is none", () =>
    withFolder((path, fault) => {
      assert.equal(fault(CANTOPEN).code, "QZ_DATABASE_NOT_FOUND");
      writeFileSync(path, "");
      for (const errcode of [CANTOPEN, READONLY]) {
        assert.equal(fault(errcode).code, "QZ_SOURCE_DENIED");
        assert.match(fault(errcode).hint, new RegExp(`ReadWritePaths=${join(path, "..")}`));
      }
    }));

  test("and may not be read either, asks for that alone, and not for a folder to write", () =>
    withFolder((path, fault) => {
      writeFileSync(path, "");
      chmodSync(path, 0);
      chmodSync(join(path, ".."), 0o755);
      const isRoot = process.geteuid?.() === 0;
      if (isRoot) process.seteuid?.(NOBODY);
      try {
        const { code, hint } = fault(CANTOPEN);
        assert.equal(code, "QZ_SOURCE_DENIED");
        assert.ok(hint.includes(`u:qianzhi:r ${path}`), hint);
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
    }));
});
