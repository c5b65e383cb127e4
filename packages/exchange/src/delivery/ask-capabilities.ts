import type { TargetCapabilities } from "@qianzhi/sdk";
import type { Store } from "../store/store.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { storedJson } from "../store/stored-json.ts";

/** Asks what the target can do, and remembers the encoding in which bodies are to be stored from now on. */
export async function askCapabilities(
  { outbox, target }: DeliveryOptions,
  signal: AbortSignal,
): Promise<TargetCapabilities> {
  const capabilities = await target.capabilities(signal);
  const encoding =
    capabilities.encodings.find((each) => outbox.compression.encodings.includes(each)) ??
    "identity";
  if (encoding !== outbox.encoding) outbox.store.settings.set("encoding", encoding);
  const { settings } = outbox.store;
  const known = JSON.stringify(knownOf(capabilities));
  if (settings.get(KNOWN) !== known) settings.set(KNOWN, known);
  return capabilities;
}

const KNOWN = "target";

const knownOf = ({
  digests,
  proves = "copy",
  generations,
  maxBatchBytes,
}: KnownTarget): KnownTarget => ({
  digests,
  proves,
  generations,
  maxBatchBytes,
});

/** What was last heard of the target, for whoever seals while it is away. */
export type KnownTarget = Pick<
  TargetCapabilities,
  "digests" | "proves" | "generations" | "maxBatchBytes"
>;

/** Undefined before the target was ever reached. */
export function knownTarget({ settings }: Store): KnownTarget | undefined {
  const known = settings.get(KNOWN);
  return known === undefined ? undefined : (storedJson(known) as KnownTarget);
}
