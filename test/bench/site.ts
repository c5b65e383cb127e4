import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { columns, descriptor, pageRows } from "./table.ts";

export interface SiteOptions {
  readonly databaseUrl: string;
  /** Either this, or another target. */
  readonly platformUrl?: string;
  readonly target?: unknown;
  /** Tables to read, `database.table`, each through a pipeline and into a resource of its own. */
  readonly tables: readonly string[];
  /** How often, `1s`. Absent: only when asked. */
  readonly every?: string;
  /** Default: by the change column. */
  readonly mode?: "cursor" | "diff";
}

/** Writes a site that reads the benchmark's tables into a folder. Returns the path of its configuration. */
export function writeSite(
  folder: string,
  { databaseUrl, platformUrl, target, tables, every, mode = "cursor" }: SiteOptions,
): string {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const database = tables[0]?.split(".")[0];
  const site = {
    site: "bench",
    data: "./data",
    timeZone: "Asia/Shanghai",
    ...(platformUrl === undefined
      ? { target }
      : { platform: { url: platformUrl, key: { file: "./site-key.pem" }, keyId: "main" } }),
    resources: ["./resources/*.yaml"],
    sources: {
      bench: {
        kind: "mysql",
        offset: "+08:00",
        options: {
          host: hostname,
          port: Number(port),
          database,
          user: username,
          password: { file: "./password" },
        },
      },
    },
    pipelines: Object.fromEntries(
      tables.map((table, index) => [`persons_${index}`, pipeline(table, index, mode, every)]),
    ),
  };
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  mkdirSync(`${folder}/resources`, { recursive: true });
  writeFileSync(`${folder}/site-key.pem`, key, { mode: 0o600 });
  writeFileSync(`${folder}/password`, password, { mode: 0o600 });
  for (const [index] of tables.entries())
    write(`${folder}/resources/${index}.yaml`, resourceOf(index));
  write(`${folder}/qianzhi.yaml`, site);
  return `${folder}/qianzhi.yaml`;
}

/** Makes the receiver know the descriptors, as a platform whose catalog is filled would. */
export async function publishTo(platformUrl: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const resource = resourceOf(index);
    const path = `/v1/catalog/${resource.identifier}/versions/${resource.version}`;
    await fetch(new URL(path, platformUrl), { method: "PUT", body: JSON.stringify(resource) });
  }
}

function pipeline(table: string, index: number, mode: string, every: string | undefined): unknown {
  const map = Object.fromEntries(columns.map(({ column, item }) => [item, column]));
  const { identifier: resource } = resourceOf(index);
  const reading = { resource, source: "bench", table, mode, key: ["id"] };
  return {
    ...reading,
    ...(mode === "cursor" && { cursor: "gxsj" }),
    pageRows,
    ...(every && { every, jitter: "0s" }),
    map,
  };
}

function resourceOf(index: number) {
  const serial = String(17 + index).padStart(6, "0");
  const identifier = `${descriptor.identifier}_${index}`;
  return { ...descriptor, identifier, code: `307001001/${serial}` };
}

/** JSON is YAML. */
function write(path: string, document: unknown): void {
  writeFileSync(path, `${JSON.stringify(document, undefined, 2)}\n`);
}
