import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openSite, runOnce, siteStatus } from "@qianzhi/agent";
import { createPlatform } from "@qianzhi/sandbox";
import { defineAdapter, QianzhiError } from "@qianzhi/sdk";
import { person } from "../world/person.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig } from "../world/site-config.ts";

test("a source that no pipeline can reach is one entry of the status, which names the pipelines", async () => {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-trouble-"));
  const world = realWorld();
  const platform = createPlatform({ world });
  const names = ["one", "two", "three"];
  const site = await openSite({
    config: siteConfig({
      dataDirectory: directory,
      adapter: defineAdapter({
        kind: "refusing",
        optionsSchema: {},
        open: () => Promise.reject(new QianzhiError("QZ_SOURCE_TLS", { source: "legacy" })),
      }),
      sourceOptions: {},
      pipelines: names.map((name) => ({
        resource: { ...person, identifier: name },
        table: "rk",
        columns: { resident_id: "bh" },
      })),
    }),
    world,
    target: platformTarget(platform, "test-site"),
    lock: true,
  });
  try {
    const signal = new AbortController().signal;
    await runOnce(site, [...site.runners.values()], { signal });
    const { issues, pipelines, verdict } = siteStatus(site.config, site.outbox);
    assert.equal(verdict, "attention");
    assert.deepEqual(
      issues.map(({ pipeline, pipelines: several, code }) => [pipeline, several, code]),
      [[null, names, "QZ_SOURCE_TLS"]],
    );
    assert.ok(pipelines.every(({ lastError }) => lastError?.code === "QZ_SOURCE_TLS"));
  } finally {
    await site.close();
    platform.close();
    await rm(directory, { recursive: true });
  }
});
