import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashAtEveryStatement } from "./crash-points.ts";
import { servers } from "./servers.ts";

for (const { name, url, open } of servers)
  describe(
    `tables on ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("I1, I4: lose and repeat no row at a thousand crash points", async () => {
        await using database = await open(url ?? "");
        assert.equal(await crashAtEveryStatement(database, 1_000), 1_000);
      });
    },
  );
