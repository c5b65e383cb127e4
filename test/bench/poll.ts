// What the source does for a poll of a table that does not change, by its own counters. The table is read once by the
// agent, then polled. Arguments: URL of the database, rows, polls, folder, flags.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openSite, runOnce, type Site } from "@qianzhi/agent";
import type { Target } from "@qianzhi/sdk";
import { numbers } from "../world/numbers.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig } from "../world/site-config.ts";
import { narrow } from "./narrow-table.ts";
import { polledServer } from "./polled-server.ts";

const [url = "", rowsText = "", pollsText = "", folder = "", ...flags] = process.argv.slice(2);
const [rows, polls] = [Number(rowsText), Number(pollsText)];

/** Takes everything, and looks at nothing. */
const taking: Target = {
  kind: "taking",
  capabilities: async () => ({
    receipts: "immediate",
    position: false,
    digests: false,
    generations: false,
    catalog: false,
    encodings: ["identity"],
    maxBatchBytes: 8 * 2 ** 20,
  }),
  deliver: async ({ manifest, digest }) => ({
    receipt: {
      site: manifest.site,
      pipeline: manifest.pipeline,
      epoch: manifest.epoch,
      sequence: manifest.sequence,
      digest,
      accepted: manifest.upserts + manifest.deletes,
      refused: [],
    },
  }),
  close: async () => undefined,
};

const resource = numbers("narrow");

let site: Site | undefined;
const server = await polledServer(url);
const place = mkdtempSync(join(folder, "poll-"));
try {
  await server.fill(rows);
  const config = siteConfig({
    dataDirectory: join(place, "data"),
    adapter: server.adapter,
    sourceOptions: server.options,
    pipelines: [
      {
        resource,
        table: narrow,
        mode: "cursor",
        cursor: "at",
        key: ["id"],
        pageRows: 10_000,
        columns: { id: "id", value: "v" },
      },
    ],
  });
  site = await openSite({ config, world: realWorld(), target: taking, lock: true });
  const { runners } = site;
  const run = async (): Promise<number> => {
    const { signal } = new AbortController();
    const [report] = await runOnce(site!, [...runners.values()], { signal });
    if (report?.error !== undefined) throw report.error;
    return report?.read ?? 0;
  };
  const loaded = await run();
  if (loaded !== rows) throw new Error(`${loaded} of ${rows} rows were read`);
  // The first poll after the load still describes the table.
  await run();
  const none = await used(async () => undefined);
  const all = await used(async () => {
    for (let poll = 0; poll < polls; poll += 1) await run();
  });
  const each = Object.fromEntries(
    [...all].map(([name, count]) => [name, (count - (none.get(name) ?? 0)) / polls]),
  );
  const said = Object.entries(each).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(
    flags.includes("--json")
      ? `${JSON.stringify({ rows, polls, each })}\n`
      : `a poll of ${rows} unchanged rows, mean of ${polls}: ${said.join(", ")}\n`,
  );
} finally {
  await site?.close();
  await server.close();
  rmSync(place, { recursive: true, force: true });
}

/** What the server's counters grew by meanwhile, reading them included. */
async function used(work: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const before = await server.counters();
  await work();
  const after = await server.counters();
  return new Map([...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)]));
}
