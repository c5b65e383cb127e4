import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipelineConfig } from "../src/config/site-config.ts";
import { checkFeeds, type FeedRead } from "../src/check/check-feeds.ts";

const pipelines = ["a", "b"].map((name) => ({ name, mode: "native" })) as PipelineConfig[];

const read = (pipeline: string, feed: string, others: readonly string[] = []): FeedRead => ({
  pipeline,
  source: "hr",
  server: "7123:1",
  kept: {
    bytes: 0,
    limitBytes: null,
    feed,
    others: others.map((name) => ({ feed: name, bytes: 5, removal: `drop ${name}` })),
  },
});

const said = (feeds: readonly FeedRead[]) =>
  checkFeeds(feeds, pipelines).map(({ severity, subject, error }) => [
    severity,
    subject,
    error.code,
    error.details["feed"],
  ]);

test("two pipelines that read one feed of one server are a problem, whatever their sources are called", () => {
  assert.deepEqual(said([read("a", "person"), { ...read("b", "person"), source: "hr2" }]), [
    ["problem", "pipeline b", "QZ_FEED_SHARED", "person"],
  ]);
  assert.deepEqual(said([read("a", "person"), { ...read("b", "person"), server: "8" }]), []);
});

test("a feed that no pipeline reads is named once", () => {
  assert.deepEqual(said([read("a", "x", ["y", "left"]), read("b", "y", ["x", "left"])]), [
    ["warning", "source hr", "QZ_FEED_UNREAD", "left"],
  ]);
});

test("none is named while the feed of a pipeline could not be looked at: it may be that one's", () => {
  assert.deepEqual(said([read("a", "x", ["y"])]), []);
});
