import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { columns, database, descriptor, pageRows } from "./table.ts";

export interface SiteOptions {
  readonly databaseUrl: string;
  readonly platformUrl: string;
  /** How many pipelines read the table, and how often. Default: one, only when asked. */
  readonly pipelines?: number;
  readonly every?: string;
}

/** Writes a site that reads the benchmark's table into a folder. Resolves the path of its configuration. */
export function writeSite(
  folder: string,
  { databaseUrl, platformUrl, pipelines = 1, every }: SiteOptions,
): string {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const map = Object.fromEntries(columns.map(({ column, item }) => [item, column]));
  const resources = Array.from({ length: pipelines }, (_, index) => resourceOf(index));
  const pipeline = (resource: string) => ({
    resource,
    source: "bench",
    table: `${database}.person`,
    mode: "cursor",
    cursor: "gxsj",
    key: ["id"],
    settle: "1s",
    pageRows,
    ...(every && { every, jitter: "0s" }),
    map,
  });
  const site = {
    site: "bench",
    data: "./data",
    timeZone: "Asia/Shanghai",
    platform: { url: platformUrl, key: { file: "./site-key.pem" }, keyId: "main" },
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
      resources.map(({ identifier }, index) => [`persons_${index}`, pipeline(identifier)]),
    ),
  };
  mkdirSync(`${folder}/resources`, { recursive: true });
  writeFileSync(`${folder}/site-key.pem`, key, { mode: 0o600 });
  writeFileSync(`${folder}/password`, password, { mode: 0o600 });
  // JSON is YAML.
  for (const each of resources)
    writeFileSync(
      `${folder}/resources/${each.identifier}.yaml`,
      JSON.stringify(each, undefined, 2),
    );
  writeFileSync(`${folder}/qianzhi.yaml`, JSON.stringify(site, undefined, 2));
  return `${folder}/qianzhi.yaml`;
}

/** The descriptors of a site with that many pipelines: one each, since a stream is one resource from one pipeline. */
export function resourceOf(index: number): typeof descriptor & { readonly identifier: string } {
  const serial = String(17 + index).padStart(6, "0");
  const identifier = index === 0 ? descriptor.identifier : `${descriptor.identifier}_${index}`;
  return { ...descriptor, identifier, code: `307001001/${serial}` } as unknown as typeof descriptor;
}

/** Makes the receiver know the descriptors, as a platform whose catalog is filled would. */
export async function publishTo(platformUrl: string, pipelines = 1): Promise<void> {
  for (let index = 0; index < pipelines; index += 1) {
    const resource = resourceOf(index);
    const path = `/v1/catalog/${resource.identifier}/versions/${resource.version}`;
    await fetch(new URL(path, platformUrl), { method: "PUT", body: JSON.stringify(resource) });
  }
}
