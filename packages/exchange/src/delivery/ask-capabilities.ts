import type { TargetCapabilities } from "@qianzhi/sdk";
import type { DeliveryOptions } from "./delivery.ts";

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
  return capabilities;
}
