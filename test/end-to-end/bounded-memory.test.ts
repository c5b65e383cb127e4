import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { root } from "../architecture/workspace.ts";
import { startReceiver, type Receiver } from "../bench/measure.ts";
import { person } from "../world/person.ts";

const program = join(root, "agent/bin/qianzhi.js");
const ROWS = 30_000;
/** Two bytes each: the rows are wide, so that few are too many. */
const NAME_CHARACTERS = 700;
/** The rows alone, were they kept, would take more than this. */
const OLD_SPACE_MIB = 44;

const resource = {
  ...person,
  items: person.items.map((each) =>
    each.identifier === "name" ? { ...each, maxLength: NAME_CHARACTERS } : each,
  ),
};

let folder: string;
let receiver: Receiver;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "qianzhi-memory-"));
  receiver = await startReceiver();
  const path = `/v1/catalog/${person.identifier}/versions/${person.version}`;
  await fetch(new URL(path, receiver.url), { method: "PUT", body: JSON.stringify(resource) });
  const database = await openDatabase(join(folder, "legacy.db"));
  database.exec(`CREATE TABLE rkxx (sfzh TEXT PRIMARY KEY, xm TEXT, nl INTEGER, gxsj DATETIME);
    CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
    WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${ROWS})
    INSERT INTO rkxx SELECT printf('%018d', id), replace(hex(zeroblob(${NAME_CHARACTERS})), '00', '某'), id % 99, datetime('2020-01-01', id || ' seconds') FROM n`);
  database.close();
});
after(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true });
});

describe("I7: memory does not grow with the table", () => {
  for (const mode of ["cursor", "diff"] as const)
    it(`is enough for a first load and a poll in mode ${mode}, though the rows would not fit in it`, async () => {
      const config = await writeSite(mode);
      assert.deepEqual(await run(config), [ROWS, ROWS]);
      assert.deepEqual(await run(config), [mode === "diff" ? ROWS : 0, 0]);
    });
});

/** Rows read and accepted. Fails when the process runs out of memory. */
function run(config: string): Promise<readonly [read: number, accepted: number]> {
  const words = [`--max-old-space-size=${OLD_SPACE_MIB}`, program, "run", "--once", "--json"];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...words, "--config", config], (failure, out, error) => {
      if (failure !== null) return reject(new Error(error.slice(-2_000) + out));
      const { pipelines } = JSON.parse(out) as { pipelines: { read: number; accepted: number }[] };
      const [done] = pipelines;
      resolve([done?.read ?? 0, done?.accepted ?? 0]);
    });
  });
}

async function writeSite(mode: "cursor" | "diff"): Promise<string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  await writeFile(join(folder, "person.json"), JSON.stringify(resource));
  const config = join(folder, `${mode}.yaml`);
  const site = {
    site: `memory-${mode}`,
    data: `./data-${mode}`,
    platform: { url: receiver.url, key: { file: "./key.pem" } },
    resources: ["./person.json"],
    sources: { legacy: { kind: "sqlite", options: { path: "./legacy.db" } } },
    pipelines: {
      persons: {
        resource: person.identifier,
        source: "legacy",
        table: "rkxx",
        mode,
        key: ["sfzh"],
        ...(mode === "cursor" ? { cursor: "gxsj" } : {}),
        map: { resident_id: "sfzh", name: "xm", age: "nl" },
      },
    },
  };
  await writeFile(config, JSON.stringify(site));
  return config;
}
