import type { QianzhiError } from "@qianzhi/sdk";
import { beginEpoch, type OnVoided } from "./epoch.ts";
import type { Outbox } from "./outbox.ts";

export interface Withholding {
  /** Why nothing may leave: QZ_POLICY_WITHHELD. */
  readonly denied: QianzhiError;
  /** Waiting batches of this version may leave all the same, and are sealed again. */
  readonly reseal: (version: string) => boolean;
  readonly onVoided?: OnVoided | undefined;
}

/**
 * Ends the stream's epoch: what waits and may not leave is voided, never rewritten, and its bytes are erased soon. In one
 * transaction with its line in the ledger.
 */
export function withholdWaiting(
  outbox: Outbox,
  streamId: number,
  { denied, reseal, onVoided }: Withholding,
): void {
  const { store, streamTable, ledger } = outbox;
  store.transaction(() => {
    const { pipeline, resource } = streamTable.get(streamId);
    const { problem } = denied.details;
    ledger.append("withheld", { pipeline, resource, problem });
    beginEpoch(outbox, streamId, { above: 0, reason: denied.code, owed: true, reseal }, onVoided);
  });
}
