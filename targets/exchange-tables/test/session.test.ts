import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, it } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { servers } from "./servers.ts";
import { signal, tablesBed } from "./tables-bed.ts";

/** What a proxy makes of a setting that it does not hand on to the session, in as many bytes. */
const changed = {
  MariaDB: ["STRICT_ALL_TABLES", "IGNORE_SPACE,ANSI"],
  PostgreSQL: ["standard_conforming_strings = on", "standard_conforming_strings =off"],
} as const;

/** A proxy before a database that has a text of the client's changed for as long as it is to. */
async function sharingProxy(port: number, [from, to]: readonly [string, string]) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    near.on("data", (bytes) =>
      far.write(proxy.honest ? bytes : bytes.toString("latin1").replace(from, to), "latin1"),
    );
    far.on("data", (bytes) => near.write(bytes));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const proxy = {
    honest: false,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

for (const { name, url, open } of servers)
  describe(
    `a connection to ${name}`,
    { skip: url === undefined ? `${name} is not there` : false },
    () => {
      it("that does not keep the session's settings has nothing written through it", async () => {
        await using database = await open(url ?? "");
        await using proxy = await sharingProxy(database.account.port, changed[name]);
        const direct = await tablesBed(database);
        const through = direct.reopen(database.engine, { port: proxy.port });
        try {
          const batch = direct.seal([{ pid: "1", name: "甲" }]);
          await assert.rejects(through.deliver(batch, signal), (error: unknown) => {
            assert.ok(QianzhiError.is(error) && error.code === "QZ_TARGET_SESSION", String(error));
            assert.match(changed[name][0], new RegExp(`^${String(error.details["setting"])}`));
            return true;
          });
          assert.deepEqual(await database.rows("SELECT pid FROM up_person"), []);
          proxy.honest = true;
          await through.deliver(batch, signal);
          assert.deepEqual(await database.rows("SELECT pid FROM up_person"), [["1"]]);
        } finally {
          await through.close();
          await direct.target.close();
        }
      });
    },
  );
