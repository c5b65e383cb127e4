import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashAtEveryStatement } from "./crash-points.ts";
import { servers } from "./servers.ts";

/** Before and after every statement, of two shapes of batches. */
const POINTS = 64;

for (const { name, url, open } of servers)
  describe(
    `tables on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("I1, I4: lose and repeat no row when the connection dies before or after any statement", async () => {
        await using database = await open(url ?? "");
        assert.equal(await crashAtEveryStatement(database, POINTS), POINTS);
      });
    },
  );
