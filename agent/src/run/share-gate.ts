import type { QianzhiError } from "@qianzhi/sdk";
import { readWithholding, writeWithholding } from "../state/withholdings.ts";
import { withdraw, type WithdrawOptions } from "./withdraw.ts";

/**
 * What comes before each poll. While nothing of the pipeline may be shared, asks the platform to remove what it has; a
 * platform that is away hears of it later. Lets a pipeline whose share was renewed begin from its start.
 */
export async function passShareGate(
  options: WithdrawOptions,
  denied: QianzhiError | undefined,
): Promise<void> {
  const { outbox, config, stream } = options;
  const { store } = outbox;
  if (denied !== undefined) {
    try {
      await withdraw(options, denied);
    } catch (error) {
      store.world.log.warn("withdrawal-failed", { pipeline: config.name, error });
    }
    return;
  }
  const { withdrawal, refused } = readWithholding(store, config.name);
  if (withdrawal === null && refused === null) return;
  store.transaction(() => {
    writeWithholding(store, config.name, { withdrawal: null, refused: null });
    outbox.ledger.append("shared-again", { pipeline: config.name, resource: stream.resource });
  });
}
