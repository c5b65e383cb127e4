import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { backUp } from "../../src/store/backup.ts";
import { SECRET_FILE } from "../../src/store/damage.ts";
import { openSite, temporaryDirectory } from "../support/site.ts";

test("a backup that fails on its way leaves no folder, and says in the ledger that it failed", async (t) => {
  const directory = await temporaryDirectory(t);
  const site = await openSite({ directory: join(directory, "data") });
  t.after(() => site.close());
  const linesOf = () =>
    site.outbox.ledger
      .list()
      .filter(({ kind }) => kind.startsWith("backup"))
      .map(({ kind, detail }) => [kind, detail["folder"]]);
  const [made, missed, there] = ["made", "missed", "there"].map((name) => join(directory, name));
  await backUp(site.outbox, made!);
  await mkdir(there!);
  await assert.rejects(backUp(site.outbox, there!));
  assert.deepEqual(linesOf(), [["backup", made]]);
  rmSync(join(directory, "data", SECRET_FILE));
  await assert.rejects(backUp(site.outbox, missed!));
  assert.equal(existsSync(missed!), false);
  assert.deepEqual(linesOf(), [
    ["backup", made],
    ["backup", missed],
    ["backup-failed", missed],
  ]);
});

test("a backup that the ledger has no room for leaves no folder", async (t) => {
  const directory = await temporaryDirectory(t);
  const site = await openSite({ directory: join(directory, "data") });
  t.after(() => site.close());
  const folder = join(directory, "made");
  const full = new QianzhiError("QZ_DISK_FULL", { path: directory });
  const append = (): never => {
    throw full;
  };
  const { store, ledger } = site.outbox;
  await assert.rejects(backUp({ store, ledger: { ...ledger, append } }, folder), full);
  assert.equal(existsSync(folder), false);
});
