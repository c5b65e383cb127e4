import {
  compileResource,
  QianzhiError,
  type ResourceDescriptor,
  type StreamName,
  type Target,
  type World,
} from "@qianzhi/sdk";
import type { Compression } from "../compression/compression.ts";
import { createDelivery, type DeliveryLimits, type DeliveryState } from "../delivery/delivery.ts";
import { Outbox } from "../outbox/outbox.ts";
import type { ReceiptEvent } from "../outbox/receive.ts";
import type { ExchangeLimits } from "../store/limits.ts";
import { openStore } from "../store/store.ts";
import { realWorld } from "../world/real-world.ts";
import { lockName, waitForLock } from "./exclusive.ts";
import { checkName, checkPipeline } from "./stream-names.ts";
import { platformKeys } from "./platform-keys.ts";
import { createPolicies } from "./policy.ts";
import { openPublishedIndex, publisherSchema } from "./published-index.ts";
import { createPublisher, type Publisher } from "./publisher.ts";
import { recordReceipts, type RecordReceipt } from "./record-receipts.ts";

export interface ExchangeOptions {
  /** The program's data directory; several processes may share it. */
  readonly directory: string;
  /** Name of this deployment at the platform. */
  readonly site: string;
  /** Owned by the caller. */
  readonly target: Target;
  /** Default: the machine's. */
  readonly world?: World;
  readonly limits?: Partial<ExchangeLimits>;
  readonly delivery?: Partial<DeliveryLimits>;
  readonly compression?: Compression;
}

/** The exchange inside a business program: publishers that seal, and delivery in the background. */
export interface Exchange {
  readonly outbox: Outbox;
  /**
   * The publisher of a resource declared with `defineResource`. `pipeline` names the origin at the platform, carries this
   * resource alone, and must stay the same for as long as its records are there. Throws QZ_NAME_INVALID.
   */
  publisher<const D extends ResourceDescriptor>(
    resource: D,
    options: { readonly pipeline: string },
  ): Publisher<D>;
  /**
   * Delivers in the background. Of several processes on one directory one delivers, and another takes over when it ends in
   * whatever way. Starting twice is fine.
   */
  start(): void;
  /** Ends background delivery; publishing goes on. Stopping twice is fine. */
  stop(): Promise<void>;
  /** Delivers until nothing waits, or throws why not. Where another process delivers, waits until that has. */
  flush(signal?: AbortSignal): Promise<void>;
  /** Answers to single records, from the cursor of the last one that was seen. */
  receipts(options?: { readonly since?: string }): AsyncIterable<RecordReceipt>;
  /** How delivery by this process stands. */
  state(): DeliveryState;
  /** Stops and closes the store. Closing twice is fine. */
  close(): Promise<void>;
}

const DELIVERY_LOCK = "delivery.lock";

/** Opens the exchange for publishing. Throws QZ_NAME_INVALID and what `openStore` throws. */
export async function openExchange(options: ExchangeOptions): Promise<Exchange> {
  const { directory, site, target, world = realWorld() } = options;
  checkName("site", site);
  const store = await openStore({
    directory,
    world,
    schemas: [publisherSchema],
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const outbox = new Outbox(
    store,
    options.compression === undefined ? {} : { compression: options.compression },
  );
  const policies = createPolicies(store.settings, world.clock);
  const indexOf = (stream: StreamName) =>
    openPublishedIndex(store, `${stream.site}/${stream.pipeline}/${stream.resource}`);
  const delivery = createDelivery({
    outbox,
    target,
    world,
    mayLeave: (resource, version) => policies.withheld(resource, version),
    resealable: () => true,
    onReceipt: (event: ReceiptEvent) => {
      if (event.refused.length > 0) indexOf(event.stream).refused(event);
    },
    ...(options.delivery === undefined ? {} : { limits: options.delivery }),
  });
  let background: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  let isClosed = false;
  const mustBeOpen = (): void => {
    if (isClosed) throw new QianzhiError("QZ_CANCELLED", { operation: "exchange" });
  };

  const stop = async (): Promise<void> => {
    background?.abort.abort();
    await background?.done;
    background = undefined;
  };

  const deliverWhenElected = async (signal: AbortSignal): Promise<void> => {
    const lock = await waitForLock(directory, DELIVERY_LOCK, world.timers, {
      signal,
      onError: (code) => world.log.error("delivery-not-started", { code }),
    });
    if (lock === undefined) return;
    try {
      delivery.start();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await delivery.stop();
    } finally {
      lock.release();
    }
  };

  return {
    outbox,
    publisher(resource, { pipeline }) {
      mustBeOpen();
      if (resource.key.length === 0)
        throw new QianzhiError("QZ_DESCRIPTOR_INVALID", {
          name: resource.identifier,
          problem: "key: a record is published by its key",
        });
      policies.declare(resource);
      const stream = { site, pipeline, resource: resource.identifier };
      checkPipeline(outbox, stream);
      const mayPublish = (): void => {
        const denied = policies.withheld(resource.identifier);
        if (denied !== undefined) throw denied;
      };
      const compiled = compileResource(resource);
      const context = {
        outbox,
        stream,
        resource: compiled,
        index: indexOf(stream),
        platformKeys: (signal: AbortSignal) => platformKeys(target, stream, compiled, signal),
      };
      return createPublisher(context, {
        mustBeOpen,
        mayPublish,
        async alone(work, signal) {
          const lock = await waitForLock(
            directory,
            lockName(JSON.stringify(stream)),
            world.timers,
            { signal },
          );
          if (lock === undefined) throw new QianzhiError("QZ_CANCELLED", { operation: "publish" });
          try {
            return await work();
          } finally {
            lock.release();
          }
        },
      });
    },
    start() {
      mustBeOpen();
      if (background !== undefined) return;
      const abort = new AbortController();
      background = { abort, done: deliverWhenElected(abort.signal) };
    },
    stop,
    async flush(signal) {
      mustBeOpen();
      // This process's own background delivery may get the lock first: it is then the one to wait for. Another process that
      // delivers keeps the lock for as long as it lives, and does the work meanwhile.
      const elected = (): boolean => delivery.state().running;
      const lock = await waitForLock(directory, DELIVERY_LOCK, world.timers, {
        signal,
        unless: () => elected() || isSent(outbox),
      });
      try {
        if (lock === undefined && !elected()) {
          if (isSent(outbox)) return;
          throw new QianzhiError("QZ_CANCELLED", { operation: "flush" });
        }
        await delivery.drain(signal);
      } finally {
        lock?.release();
      }
    },
    receipts: ({ since } = {}) => recordReceipts(outbox, since),
    state: () => delivery.state(),
    async close() {
      isClosed = true;
      await stop();
      store.close();
    },
  };
}

function isSent(outbox: Outbox): boolean {
  return outbox.streams().every(({ batches }) => batches.sealed + batches.reseal === 0);
}
