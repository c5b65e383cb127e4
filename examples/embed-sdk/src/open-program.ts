import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  httpTarget,
  openDatabase,
  openExchange,
  realWorld,
  type Exchange,
  type HttpTarget,
  type Publisher,
} from "@qianzhi/exchange";
import { permit } from "./permit.ts";
import { openPermitOffice, type PermitOffice } from "./permit-office.ts";

export interface ProgramOptions {
  /** The program's own data: business database, key, and the exchange's directory. */
  readonly directory: string;
  readonly platform: string;
  /** To introduce the site at the sandbox. A real platform registers keys in its own way. */
  readonly enrolmentToken?: string | undefined;
}

/** The business program with the exchange inside. */
export interface Program {
  readonly office: PermitOffice;
  readonly exchange: Exchange;
  readonly permits: Publisher<typeof permit>;
  readonly target: HttpTarget;
  close(): Promise<void>;
}

const site = "food-permits";

export async function openProgram(options: ProgramOptions): Promise<Program> {
  const { directory, platform, enrolmentToken } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const business = await openDatabase(join(directory, "business.db"));
  const target = httpTarget({
    url: platform,
    site,
    keyId: "main",
    privateKey: siteKey(join(directory, "site-key.pem")),
    timeoutMs: 10_000,
    world: realWorld(),
    ...(enrolmentToken === undefined ? {} : { enrolmentToken }),
  });
  const exchange = await openExchange({ directory: join(directory, "exchange"), site, target });
  const permits = exchange.publisher(permit, { pipeline: "permits" });
  return {
    office: openPermitOffice(business),
    exchange,
    permits,
    target,
    async close() {
      await exchange.close();
      await target.close();
      business.close();
    },
  };
}

/** What is done once, before the first delivery: the key is registered, the resource published. */
export async function enrol({ target }: Program, signal: AbortSignal): Promise<void> {
  await target.registerKey(signal);
  await target.publish?.(permit, signal);
  await target.grant(permit.identifier, signal);
}

function siteKey(path: string): string {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  }
  return readFileSync(path, "utf8");
}
