import assert from "node:assert/strict";
import {
  compileResource,
  DigestSum,
  QianzhiError,
  recordHash,
  type JsonRecord,
} from "@qianzhi/sdk";
import { failingEngine } from "./failing-engine.ts";
import type { Database } from "./servers.ts";
import { person, signal, stream, tablesBed } from "./tables-bed.ts";

/** Keys that the batches change, so that each meets inserts, updates and deletes of the others. */
const KEYS = 7;
const SHAPES = 5;

/**
 * Delivers batches one after the other, and lets the connection die during each: before and after every statement in turn.
 * Whatever happens the batch is delivered again until it is taken, as the engine does. Then the rows of each batch stand in
 * the table once, in the order of the chain, and their replay is what the ledger says was handed over.
 *
 * @returns The points at which a connection died.
 */
export async function crashAtEveryStatement(database: Database, points: number): Promise<number> {
  const bed = await tablesBed(database);
  const engine = failingEngine(database.engine);
  const target = bed.reopen(engine);
  const expected: string[] = [];
  let died = 0;
  try {
    for (let statement = 1, number = 0; died < points; number += 1) {
      const { upserts, deletes } = changesOf(number);
      const batch = bed.seal(upserts, deletes);
      const name = batch.digest.slice(0, 32);
      expected.push(...deletes.map(({ pid }) => `${name} d ${String(pid)}`));
      expected.push(...upserts.map(({ pid }) => `${name} u ${String(pid)}`));
      const when = number % 2 === 0 ? "before" : "after";
      engine.failAt(statement, when);
      const failed = await target.deliver(batch, signal).then(
        () => false,
        (error: unknown) => {
          assert.ok(
            QianzhiError.is(error) && error.code === "QZ_PLATFORM_UNREACHABLE",
            String(error),
          );
          return true;
        },
      );
      if (failed) {
        died += 1;
        engine.failAt(0, "before");
        await target.deliver(batch, signal);
      } else engine.failAt(0, "before");
      // The batch has fewer statements than that: begin again, with the next shape of batch.
      if (!failed) statement = 0;
      if (when === "after" || !failed) statement += 1;
    }
    const rows = await database.rows(
      "SELECT cd_batch, cd_operation, pid, name FROM up_person ORDER BY id",
    );
    assert.deepEqual(
      rows.map(([batch, operation, pid]) => `${batch} ${operation === "d" ? "d" : "u"} ${pid}`),
      expected,
    );
    const { count, sum } = await bed.target.digest!(stream, undefined, signal);
    assert.deepEqual({ count, sum }, replayed(rows));
  } finally {
    await target.close();
    await bed.target.close();
  }
  return died;
}

function changesOf(number: number): { upserts: JsonRecord[]; deletes: JsonRecord[] } {
  // Twice in a row nothing but new records, as in a load; the second time the ledger is not asked about them first.
  const isNew = number % 5 >= 3;
  const pid = (n: number): string => (isNew ? `n${number}-${n}` : `k${n % KEYS}`);
  const upserts = Array.from({ length: 1 + (number % SHAPES) }, (_, n) => ({
    pid: pid(number + n),
    name: `名${number}`,
  }));
  const deletes = number % 3 === 0 && !isNew ? [{ pid: pid(number + SHAPES + 1) }] : [];
  return { upserts, deletes };
}

function replayed(rows: readonly (readonly (string | null)[])[]) {
  const { encode, encodeKey } = compileResource(person);
  const records = new Map<string, JsonRecord>();
  for (const [, operation, pid = "", name] of rows) {
    if (operation !== "d")
      assert.equal(operation, records.has(pid ?? "") ? "u" : "i", `${pid} in ${name}`);
    if (operation === "d") records.delete(pid ?? "");
    else records.set(pid ?? "", { pid, name });
  }
  const sum = new DigestSum();
  for (const record of records.values()) sum.add(recordHash(encodeKey(record), encode(record)));
  return sum.value();
}
