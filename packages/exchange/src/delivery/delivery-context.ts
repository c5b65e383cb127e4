import type { QianzhiError, Target, TargetCapabilities } from "@qianzhi/sdk";
import type { OnVoided } from "../outbox/epoch.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { OnWithheld } from "./delivery.ts";
import type { OnReceipt } from "../outbox/receive.ts";

/** What every step of delivery needs. */
export interface DeliveryContext {
  readonly outbox: Outbox;
  readonly target: Target;
  readonly capabilities: TargetCapabilities;
  readonly mayLeave: (resource: string, version: string) => QianzhiError | undefined;
  /** The records of this pipeline have no source to be read again from. */
  readonly resealable: (pipeline: string) => boolean;
  /** Consumed: true once a stream. */
  readonly takeOver: (streamId: number) => boolean;
  readonly onReceipt?: OnReceipt | undefined;
  readonly onVoided?: OnVoided | undefined;
  readonly onWithheld?: OnWithheld | undefined;
}
