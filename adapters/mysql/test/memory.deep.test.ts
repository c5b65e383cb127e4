import { test } from "node:test";
import { conformanceCases } from "@qianzhi/adapter-testkit";
import { harness as provide } from "./harness.ts";
import { noServer } from "./server.ts";

test("memory stays flat over a million rows", { skip: noServer }, async () => {
  await using harness = await provide(process.env);
  const million = { ...harness, manyRows: 1_000_000 };
  for (const each of conformanceCases(million))
    if (each.name === "an adapter does not keep the pages it has handed over") await each.run();
});
