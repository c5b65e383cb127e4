import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox, type Sandbox } from "@qianzhi/sandbox";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import { root } from "../architecture/workspace.ts";

const program = join(root, "agent/bin/qianzhi.js");

/** A site whose agent runs in processes of its own, to be killed, and the platform; disposing removes both. */
export interface KillSite extends AsyncDisposable {
  readonly folder: string;
  readonly sandbox: Sandbox;
  start(...words: string[]): ChildProcess;
  /** What a command answers. */
  answer(...words: string[]): Promise<Readonly<Record<string, unknown>>>;
}

/** @param pipeline All of it but the resource and the source. */
export async function killSite(
  resource: ResourceDescriptor,
  source: Readonly<Record<string, unknown>>,
  pipeline: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<KillSite> {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-kill-"));
  await mkdir(join(folder, "resources"));
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, "key.pem"), key, { mode: 0o600 });
  await writeFile(join(folder, "resources/resource.yaml"), JSON.stringify(resource));
  const sandbox = await startSandbox({ port: 0 });
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  sandbox.platform.sites.registerKey({ site: "kill", keyId: "main", publicKey: raw });
  sandbox.platform.catalog.publish(JSON.stringify(resource));
  sandbox.platform.sites.grant("kill", resource.identifier);
  await writeFile(
    join(folder, "qianzhi.yaml"),
    JSON.stringify({
      site: "kill",
      data: "./data",
      platform: { url: sandbox.url, key: { file: "./key.pem" }, keyId: "main" },
      resources: ["./resources/*.yaml"],
      sources: { legacy: source },
      pipelines: { items: { resource: resource.identifier, source: "legacy", ...pipeline } },
    }),
  );
  const start = (...words: string[]): ChildProcess =>
    spawn(process.execPath, [program, ...words, "--json"], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "ignore"],
    });
  return {
    folder,
    sandbox,
    start,
    async answer(...words) {
      const child = start(...words);
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => void (text += chunk.toString()));
      await once(child, "close");
      return JSON.parse(text) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await rm(folder, { recursive: true });
    },
  };
}
