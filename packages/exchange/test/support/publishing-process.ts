import { httpTarget, openExchange, realWorld } from "../../src/index.ts";
import { person } from "./embedded.ts";

/**
 * One of several business processes on one directory: publishes records one after the other, tells its parent each one that
 * is durable, delivers when it is elected, and ends when it is told to.
 */
const [directory, url, privateKey, first, count] = process.argv.slice(2);
if (directory !== undefined && url !== undefined && privateKey !== undefined && process.send) {
  const send = process.send.bind(process);
  const target = httpTarget({
    url,
    site: "site-1",
    keyId: "main",
    privateKey: Buffer.from(privateKey, "base64").toString(),
    timeoutMs: 5_000,
    world: realWorld(),
  });
  const exchange = await openExchange({
    directory,
    site: "site-1",
    target,
    limits: { reserveBytes: 0 },
    delivery: { pollMs: 20 },
  });
  const publisher = exchange.publisher(person, { pipeline: "persons" });
  exchange.start();
  for (let at = 0; at < Number(count); at += 1) {
    const id = Number(first) + at;
    await publisher.publish([{ upsert: { id, name: "n" } }, { upsert: { id: 1, name: `n${id}` } }]);
    send({ durable: id });
  }
  process.on("message", () => {
    void exchange
      .close()
      .then(() => target.close())
      .then(() => process.disconnect());
  });
  send({ done: true });
}
