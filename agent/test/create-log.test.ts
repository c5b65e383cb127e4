import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import { createLog, type LogOptions } from "../src/log/create-log.ts";

const clock = { now: () => Date.UTC(2026, 0, 15, 1, 2, 3), monotonic: () => 0 };

async function logged(
  options: Partial<LogOptions>,
  write: (log: ReturnType<typeof createLog>) => void,
): Promise<readonly string[]> {
  let text = "";
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLog({
    format: "json",
    level: "info",
    language: "en",
    clock,
    stream,
    ...options,
  });
  write(log);
  await log.close();
  return text.split("\n").filter((line) => line !== "");
}

test("each entry is one JSON line with its time, level, event and fields", async () => {
  const lines = await logged({}, (log) => {
    log.info("batch sealed", {
      pipeline: "persons",
      records: 2n,
      none: undefined,
      body: new Uint8Array(3),
    });
    log.debug("not shown");
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      {
        time: "2026-01-15T01:02:03.000Z",
        level: "info",
        event: "batch sealed",
        pipeline: "persons",
        records: "2",
        body: "3 bytes",
      },
    ],
  );
});

test("a field cannot take the place of the time, level or event", async () => {
  const [line] = await logged({}, (log) =>
    log.warn("event", { level: "x", message: "y", event: "z", time: 0 }),
  );
  assert.deepEqual(JSON.parse(line ?? ""), {
    time: "2026-01-15T01:02:03.000Z",
    level: "warn",
    event: "event",
    message: "y",
  });
});

test("an error is logged by code and message, its details stay inside", async () => {
  const error = new QianzhiError(
    "QZ_SOURCE_LOST",
    { source: "hr", row: "canary" },
    { cause: new TypeError("reset") },
  );
  const [line] = await logged({}, (log) => log.error("run failed", { error }));
  assert.deepEqual((JSON.parse(line ?? "") as { error: unknown }).error, {
    code: "QZ_SOURCE_LOST",
    message: "The connection to the source hr was lost.",
    hint: error.hint,
    original: "reset",
  });
});

test("on a terminal an error is told in words of the reader's language, with what to do", async () => {
  const error = new QianzhiError("QZ_SOURCE_LOST", { source: "hr" });
  const { message, hint } = describeError(error, "zh");
  const [, ...words] = await logged({ format: "text", language: "zh" }, (log) =>
    log.error("pipeline stopped", { pipeline: "persons", error }),
  );
  assert.deepEqual(words, ["    QZ_SOURCE_LOST", `    ${message}`, `    ${hint}`]);
});

test("on a terminal an entry reads as a line of words", async () => {
  const [line] = await logged({ format: "text" }, (log) =>
    log.warn("disk low", { path: "/data", why: "two words", free: 12 }),
  );
  assert.match(
    line ?? "",
    /^2026-01-1\d \d\d:02:03 WARN {2}disk low path=\/data why="two words" free=12$/,
  );
});

test("what was logged before the end is in the file", async () => {
  const directory = await mkdtemp(join(tmpdir(), "qianzhi-log-"));
  try {
    const path = join(directory, "agent.log");
    await logged({ file: { path, maxBytes: 100_000, maxFiles: 2 } }, (log) => {
      for (let index = 0; index < 500; index += 1) log.info("line", { index });
    });
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.equal(lines.length, 500);
    assert.equal((JSON.parse(lines[499] ?? "") as { index: number }).index, 499);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("what is logged after the end is an error to nobody", async () => {
  let ended: ReturnType<typeof createLog> | undefined;
  assert.deepEqual(await logged({}, (log) => void (ended = log)), []);
  ended?.warn("spoke late");
  await new Promise(setImmediate);
});
