import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "@qianzhi/sdk";
import { createHandler } from "../http/handler.ts";
import type { Faults } from "../platform/behaviour.ts";
import type { PlatformLimits } from "../platform/context.ts";
import { withPage } from "../page/with-page.ts";
import { createPlatform, type Platform } from "../platform/create-platform.ts";
import { realWorld, type RealWorld } from "./real-world.ts";
import type { TlsOptions } from "./serve.ts";

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8787; 0 takes a free one. */
  readonly port?: number;
  /** Where the platform keeps its database; without it everything is in memory. */
  readonly directory?: string;
  /** Default: a random one, which the caller prints once. */
  readonly enrolmentToken?: string;
  /** Whether anybody may read positions, receipts, digests, records and the page. Default: only where the host is loopback. */
  readonly openReads?: boolean;
  /** Serves HTTPS. */
  readonly tls?: TlsOptions;
  readonly limits?: Partial<PlatformLimits>;
  readonly faults?: Faults;
  readonly log?: Log;
  readonly world?: RealWorld;
}

export interface Sandbox {
  /** Without a slash at the end. */
  readonly url: string;
  readonly enrolmentToken: string;
  /** The platform itself, for looking at and setting up in process. */
  readonly platform: Platform;
  /** Stops serving, cuts idle connections, closes the database. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a reference exchange platform over HTTP. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    host = "127.0.0.1",
    port = 8787,
    directory,
    limits,
    faults,
    log,
    world = realWorld,
  } = options;
  const enrolmentToken =
    options.enrolmentToken ?? Buffer.from(world.random.bytes(24)).toString("base64url");
  // A platform within a process is used without a server, and loading that takes longer than loading the platform.
  const { serve } = await import("./serve.ts");
  if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const platform = createPlatform({
    database: directory === undefined ? ":memory:" : join(directory, "platform.db"),
    world,
    ...(limits === undefined ? {} : { limits }),
    ...(faults === undefined ? {} : { faults }),
  });
  const openReads = options.openReads ?? isLoopback(host);
  const handler = createHandler(platform, {
    enrolmentToken,
    openReads,
    ...(log === undefined ? {} : { log }),
  });
  const server = serve(openReads ? withPage(platform, handler) : handler, {
    timers: world.timers,
    maxBatchBytes: platform.limits.maxBatchBytes,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  const closed = new Closing(async () => {
    await server.close();
    platform.close();
  });
  try {
    const address = await server.listen({ host, port });
    return {
      url: address,
      enrolmentToken,
      platform,
      close: () => closed.close(),
      [Symbol.asyncDispose]: () => closed.close(),
    };
  } catch (error) {
    await closed.close();
    throw error;
  }
}

/** Closes once, however often it is asked to. */
class Closing {
  readonly #work: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#work());
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
