import type { QuarantineEntry } from "@qianzhi/exchange";
import type { PipelineRun } from "../pipeline/pipeline-run.ts";
import { readSourceKeys } from "../run/stage.ts";
import type { Retry } from "./nominate-quarantined.ts";

/**
 * The source keys of a record that the platform has refused: those of the rows that have its key, that of the row which
 * it was sealed from, or the one that such a row must have. None when nothing but reading the rows can tell.
 */
export function sourceKeysOf(
  run: PipelineRun,
  { outbox, stream }: Pick<Retry, "outbox" | "stream">,
  { place }: QuarantineEntry,
  recordKey: string,
): readonly string[] {
  const claimed = (run.claims?.claimants(recordKey) ?? []).flatMap(({ sourceKey }) =>
    sourceKey === null ? [] : [sourceKey],
  );
  if (claimed.length > 0) return claimed;
  const sealed = place === undefined ? undefined : outbox.sourceKeysAt(stream, place);
  const kept = sealed === undefined ? undefined : readSourceKeys(sealed.sourceKeys)[sealed.index];
  const likely = kept ?? run.likelySourceKey(recordKey);
  return likely === undefined ? [] : [likely];
}
