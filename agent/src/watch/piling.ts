import type { Alarm } from "./alarms.ts";
import type { PipelineView, SiteView } from "./site-view.ts";

/** Share of the source's own limit from which on little is left until it drops what was not read. */
const NEAR_LIMIT = 0.8;
/** Of a source that has no limit: more than a pipeline that reads leaves behind. */
const MUCH_BYTES = 2 ** 30;
/** A pipeline that has not read for so long keeps more of the log each hour, whatever it was when it was asked last. */
const UNREAD_MS = 24 * 3_600_000;

/** A source keeps its log until a pipeline has read it, paused or not: on the disk of a system that is not ours. */
export function piling(
  { now }: SiteView,
  { config, feed, lastSuccessAt }: PipelineView,
): readonly Alarm[] {
  if (feed === null || feed.keptBytes === null) return [];
  const { keptBytes: bytes, limitBytes } = feed;
  // A poll that finds nothing writes no report.
  const readAt = Math.max(feed.at, lastSuccessAt ?? 0);
  const isMuch = bytes > (limitBytes === null ? MUCH_BYTES : limitBytes * NEAR_LIMIT);
  if (!isMuch && now - readAt <= UNREAD_MS) return [];
  const details = {
    pipeline: config.name,
    since: new Date(readAt).toISOString(),
    bytes,
    limit: limitBytes ?? { en: "no limit", zh: "无上限" },
  };
  return [{ pipeline: config.name, code: "QZ_FEED_PILES_UP", details }];
}
