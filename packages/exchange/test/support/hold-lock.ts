import { lockDirectory } from "../../src/index.ts";

/** A process that holds the lock of the directory it is given, until it is killed. */
if (process.argv[2] !== undefined && process.send !== undefined) {
  await lockDirectory(process.argv[2]);
  process.send("held");
  setInterval(() => undefined, 1_000);
}
