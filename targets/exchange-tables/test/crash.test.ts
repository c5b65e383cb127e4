import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashAtEveryStatement } from "./crash-points.ts";
import { servers } from "./servers.ts";

/** What two seconds allow. */
const POINTS = 120;

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
