import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { StreamName } from "@qianzhi/sdk";
import {
  createDelivery,
  openStore,
  Outbox,
  type Compression,
  type Delivery,
  type DeliveryOptions,
  type ExchangeLimits,
  type OpenDatabase,
  type Store,
} from "../../src/index.ts";
import type { MemoryPlatform } from "./memory-platform.ts";
import { simWorld, type SimWorld } from "./sim-world.ts";

/** Compression that is done at once, so that a simulated world knows when nothing is under way. */
export const syncCompression: Compression = {
  encodings: ["gzip", "identity"],
  compress: async (bytes, encoding) =>
    encoding === "gzip" ? gzipSync(bytes, { level: 1 }) : bytes,
  decompress: async (body, encoding) => (encoding === "gzip" ? gunzipSync(body) : body),
  sha256: async (bytes) => createHash("sha256").update(bytes).digest("hex"),
};

export const persons: StreamName = { site: "site-1", pipeline: "persons", resource: "person" };

export interface Site {
  readonly directory: string;
  readonly world: SimWorld;
  readonly store: Store;
  readonly outbox: Outbox;
  seal(
    changes: { deletes?: readonly number[]; upserts?: readonly (readonly [number, string])[] },
    within?: () => void,
  ): ReturnType<Outbox["seal"]>;
  delivery(platform: MemoryPlatform, options?: Partial<DeliveryOptions>): Delivery;
  drain(platform: MemoryPlatform, options?: Partial<DeliveryOptions>): Promise<void>;
  close(): void;
}

export interface SiteOptions {
  readonly directory: string;
  readonly world?: SimWorld;
  readonly limits?: Partial<ExchangeLimits>;
  readonly openDatabase?: OpenDatabase;
}

export async function openSite({
  directory,
  world = simWorld(),
  limits,
  openDatabase,
}: SiteOptions): Promise<Site> {
  const store = await openStore({
    directory,
    world,
    limits: { reserveBytes: 0, ...limits },
    ...(openDatabase === undefined ? {} : { openDatabase }),
    schemas: [
      {
        name: "test",
        migrations: ["CREATE TABLE position (pipeline TEXT PRIMARY KEY, at INTEGER NOT NULL)"],
      },
    ],
  });
  const outbox = new Outbox(store, { compression: syncCompression });
  const delivery: Site["delivery"] = (platform, options) =>
    createDelivery({ outbox, target: platform.target, world, ...options });
  return {
    directory,
    world,
    store,
    outbox,
    delivery,
    seal: ({ deletes = [], upserts = [] }, within) =>
      outbox.seal({
        stream: persons,
        version: "1.0.0",
        key: ["id"],
        deletes: deletes.map(keyText),
        upserts: upserts.map(([id, name]) => recordText(id, name)),
        ...(within === undefined ? {} : { within }),
      }),
    drain: (platform, options) => world.run(delivery(platform, options).drain()),
    close: () => store.close(),
  };
}

export const keyText = (id: number): string => JSON.stringify({ id });
export const recordText = (id: number, name: string): string => JSON.stringify({ id, name });

/** A directory in memory where there is one, removed after the test. */
export async function temporaryDirectory(t: {
  after(work: () => Promise<void>): void;
}): Promise<string> {
  const memory = "/dev/shm";
  const parent = existsSync(memory) ? memory : tmpdir();
  const directory = await mkdtemp(join(parent, "qianzhi-exchange-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
