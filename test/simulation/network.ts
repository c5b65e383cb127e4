import { QianzhiError, type Target } from "@qianzhi/sdk";
import type { Platform } from "@qianzhi/sandbox";
import { platformTarget } from "../world/platform-target.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Faults } from "./faults.ts";
import { pause, type Life } from "./life.ts";
import { SITE, stream } from "./resource.ts";
import type { Dice } from "./seeded-random.ts";
import { bytesOf, readBatch, type Witness } from "./witness.ts";

export interface NetworkOptions {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly platform: Platform;
  readonly faults: Faults;
  readonly witness: Witness;
  readonly lateReceipts: boolean;
  readonly tellsCatalog: boolean;
  readonly pace: number;
  /** Old requests that are under way still. */
  readonly late: { requests: number };
  readonly say: (event: string) => void;
}

const LIMIT_MS = 5_000;
const LONGEST_TRIP_MS = 60;
/** An old request may turn up as late as this. */
const LATEST_MS = 3_000;

/** The way from one process of the agent to the platform, and all that can happen on it. */
export function connect(options: NetworkOptions, life: Life, directory: string): Target {
  const { queue, dice, platform, faults, witness, late, say } = options;
  const direct = platformTarget(platform, SITE);

  async function call<T>(
    signal: AbortSignal,
    name: string,
    carryOut: () => Promise<T>,
  ): Promise<T> {
    const again = (): void => {
      late.requests += 1;
      queue.after(dice.between(1, LATEST_MS * options.pace), () => {
        say(`network: an old ${name} arrives`);
        late.requests -= 1;
        queue.hold(carryOut().catch(() => undefined));
      });
    };
    await pause(life, dice.between(0, LONGEST_TRIP_MS), signal);
    if (faults.down) throw new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: "simulated" });
    if (dice.chance(faults.lostRequest)) {
      say(`network: ${name} is lost`);
      if (dice.chance(0.5)) again();
      return timeOut(signal);
    }
    if (dice.chance(faults.busy))
      throw new QianzhiError("QZ_PLATFORM_BUSY", {
        retryAfterMs: dice.between(0, 5_000 * options.pace),
      });
    if (dice.chance(faults.fault)) throw new QianzhiError("QZ_PLATFORM_FAULT", { status: 500 });
    const answer = await carryOut();
    if (dice.chance(faults.duplicate)) again();
    if (dice.chance(faults.lostAnswer)) {
      say(`network: the answer to ${name} is lost`);
      return timeOut(signal);
    }
    await pause(life, dice.between(0, LONGEST_TRIP_MS), signal);
    return answer;
  }
  async function timeOut(signal: AbortSignal): Promise<never> {
    await pause(life, LIMIT_MS * options.pace, signal);
    throw new QianzhiError("QZ_PLATFORM_TIMEOUT", { limitMs: LIMIT_MS });
  }

  return {
    kind: "simulated",
    capabilities: (signal) =>
      call(signal, "capabilities", async () => ({
        ...(await direct.capabilities(signal)),
        receipts: options.lateReceipts ? "later" : "immediate",
      })),
    openEpoch: (name, request, signal) =>
      call(signal, `openEpoch ${request.epoch}`, () => direct.openEpoch!(name, request, signal)),
    position: (name, signal) => call(signal, "position", () => direct.position!(name, signal)),
    deliver: (batch, signal) =>
      call(signal, `batch ${batch.manifest.epoch}/${batch.manifest.sequence}`, async () => {
        const bytes = bytesOf(batch);
        witness.onSent(bytes, directory);
        const before = platform.position(stream);
        const delivery = await direct.deliver(batch, signal);
        const after = platform.position(stream);
        if (after?.epoch !== before?.epoch || after?.sequence !== before?.sequence) {
          const seen = readBatch(bytes);
          say(`platform: applies ${seen.epoch}/${seen.sequence} ${seen.digest.slice(0, 8)}`);
          witness.onApplied(seen);
        }
        return delivery;
      }),
    ...(options.tellsCatalog
      ? {
          catalogEntry: (name, version, signal) =>
            call(signal, "catalog", () => direct.catalogEntry!(name, version, signal)),
        }
      : {}),
    receipts: (site, since, signal) =>
      call(signal, "receipts", () => direct.receipts!(site, since, signal)),
    digest: (name, bits, signal) =>
      call(signal, "digest", () => direct.digest!(name, bits, signal)),
    async *bucketKeys(name, bits, buckets, signal) {
      for (const bucket of buckets)
        yield* await call(signal, `bucket ${bucket}`, async () => {
          const pages = [];
          for await (const page of direct.bucketKeys!(name, bits, [bucket], signal))
            pages.push(page);
          return pages;
        });
    },
    close: async () => undefined,
  };
}
