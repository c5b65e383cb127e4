import type { KeptChanges } from "@qianzhi/sdk";
import type { PipelineConfig } from "../config/site-config.ts";
import { finding, type Finding } from "./finding.ts";

/** A feed that a pipeline reads. */
export interface FeedRead {
  readonly pipeline: string;
  readonly source: string;
  /** The source's server, as it identifies itself: two sources may be one. */
  readonly server: string;
  readonly kept: KeptChanges;
}

/** What feeds are to each other: one that two pipelines read, whatever they call its table, and one that none reads. */
export function checkFeeds(
  feeds: readonly FeedRead[],
  pipelines: readonly PipelineConfig[],
): readonly Finding[] {
  const readers = new Map<string, string>();
  const nameOf = (server: string, feed: string): string => JSON.stringify([server, feed]);
  const found: Finding[] = [];
  for (const { pipeline, server, kept } of feeds) {
    if (kept.feed === undefined) continue;
    const name = nameOf(server, kept.feed);
    const other = readers.get(name);
    if (other === undefined) readers.set(name, pipeline);
    else
      found.push(
        finding("problem", `pipeline ${pipeline}`, "QZ_FEED_SHARED", {
          pipeline,
          other,
          feed: kept.feed,
        }),
      );
  }
  // A pipeline whose feed could not be looked at may be the reader of any.
  const native = pipelines.filter(({ mode }) => mode === "native");
  if (native.some(({ name }) => feeds.every(({ pipeline }) => pipeline !== name))) return found;
  for (const { source, server, kept } of feeds)
    for (const { feed, bytes, removal } of kept.others ?? []) {
      const name = nameOf(server, feed);
      if (readers.has(name)) continue;
      readers.set(name, "");
      found.push(
        finding("warning", `source ${source}`, "QZ_FEED_UNREAD", { source, feed, bytes, removal }),
      );
    }
  return found;
}
