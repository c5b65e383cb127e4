import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { servers } from "./servers.ts";
import { signal, tablesBed } from "./tables-bed.ts";

for (const { name, url, open } of servers)
  describe(
    `a pipeline's row on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("that a vanished client still holds is waited for, and the batch is taken when it is free", async () => {
        await using database = await open(url ?? "");
        const bed = await tablesBed(database);
        try {
          const batch = bed.seal([{ pid: "1" }]);
          await database.script("BEGIN; UPDATE qz_stream SET epoch = epoch");
          await assert.rejects(
            bed.target.deliver(batch, signal),
            (error: unknown) => QianzhiError.is(error) && error.code === "QZ_TARGET_BUSY",
          );
          await database.script("ROLLBACK");
          await bed.target.deliver(batch, signal);
          assert.deepEqual(await database.rows("SELECT count(*) FROM up_person"), [["1"]]);
        } finally {
          await bed.target.close();
        }
      });
    },
  );
