// A platform at protocol level 1 in a process of its own: decompresses each batch, checks both digests and the chain,
// counts the lines and answers a receipt. Prints its URL; `GET /bench` tells what arrived,
// `GET /marks` when. Ends when its input ends.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import * as zlib from "node:zlib";

interface Stream {
  epoch: number;
  instance: string;
  nonce: string;
  sequence: number;
  digest: string;
}

type Answer = readonly [status: number, body: unknown];
type Decompress = (bytes: Buffer) => Promise<Buffer>;

const zstd = (zlib as { zstdDecompress?: typeof zlib.gunzip }).zstdDecompress;
const decompress: Readonly<Record<string, Decompress>> = {
  ...(zstd && { zstd: promisify(zstd) as Decompress }),
  gzip: promisify(zlib.gunzip) as Decompress,
  identity: (bytes) => Promise.resolve(bytes),
};
const streams = new Map<string, Stream>();
const catalog = new Map<string, unknown>();
/** When each `mark-…` in a record first came, for measuring delay. */
const marks = new Map<string, number>();
const totals = { records: 0, batches: 0, bytes: 0, compressedBytes: 0 };

const server = createServer((request, response) => void serve(request, response));
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [status, body] = await answer(request, Buffer.concat(chunks)).catch((error: Error) =>
    problem(500, "QZ_PLATFORM_FAULT", error.message),
  );
  const text = body === undefined ? "" : JSON.stringify(body);
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response
    .writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) })
    .end(text);
}

async function answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const route = `${request.method} ${path}`;
  if (route === "GET /bench") return [200, totals];
  if (route === "GET /marks") return [200, Object.fromEntries(marks)];
  if (route === "GET /v1") return [200, service()];
  if (/^POST \/v1\/exchange\/[^/]+\/batches$/.test(route)) return ingest(request, body);
  const stream = /^\/v1\/exchange\/[^/]+\/streams\/([^/]+\/[^/]+)(\/epoch)?$/.exec(path);
  if (stream?.[2] && request.method === "PUT")
    return openEpoch(stream[1] ?? "", JSON.parse(body.toString()));
  if (stream && request.method === "GET") return position(stream[1] ?? "");
  if (path.startsWith("/v1/catalog/")) return entry(request.method ?? "", path, body);
  if (route.startsWith("PUT /v1/sites/")) return [204, undefined];
  return problem(404, "QZ_RESOURCE_UNKNOWN", path);
}

function service(): unknown {
  const encodings = Object.keys(decompress);
  return {
    protocol: "qianzhi/1",
    levels: [1],
    maxBatchBytes: 16_777_216,
    encodings,
    replayWindowSeconds: 300,
    now: new Date().toISOString(),
  };
}

function openEpoch(name: string, { epoch, instance, nonce }: Stream): Answer {
  streams.set(name, { epoch, instance, nonce, sequence: 0, digest: nonce });
  return [200, streams.get(name)];
}

function position(name: string): Answer {
  const stream = streams.get(name);
  return stream ? [200, stream] : problem(404, "QZ_STREAM_UNKNOWN", name);
}

function entry(method: string, path: string, body: Buffer): Answer {
  if (method === "PUT") {
    catalog.set(path, JSON.parse(body.toString()));
    catalog.set(path.replace(/\/versions\/.*/, ""), JSON.parse(body.toString()));
    return [201, {}];
  }
  const found = catalog.get(path);
  return found ? [200, found] : problem(404, "QZ_RESOURCE_UNKNOWN", path);
}

async function ingest({ headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const contentDigest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  if (headers["content-digest"] !== contentDigest)
    return problem(400, "QZ_DIGEST_MISMATCH", "content-digest");
  const bytes = await (decompress[headers["content-encoding"] ?? "identity"] as Decompress)(body);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const manifest = JSON.parse(bytes.subarray(0, bytes.indexOf(10)).toString()) as Stream & {
    site: string;
    pipeline: string;
    predecessor: string;
    deletes: number;
    upserts: number;
  };
  const { site, pipeline, epoch, sequence, deletes, upserts } = manifest;
  const name = `${site}/${pipeline}`;
  const stream = streams.get(name);
  if (sequence > 1 && stream?.digest !== manifest.predecessor)
    return problem(409, "QZ_CHAIN_CONFLICT", name);
  const lines = countLines(bytes) - 1;
  if (lines !== deletes + upserts) return problem(422, "QZ_BATCH_REFUSED", "counts");
  streams.set(name, {
    epoch,
    instance: stream?.instance ?? "",
    nonce: stream?.nonce ?? "",
    sequence,
    digest,
  });
  totals.records += lines;
  totals.batches += 1;
  totals.bytes += bytes.length;
  totals.compressedBytes += body.length;
  // The latency benchmark's batches are small; a large one is not searched.
  if (bytes.length < 100_000)
    for (const [mark] of bytes.toString().matchAll(/mark-\d+/g))
      if (!marks.has(mark)) marks.set(mark, Date.now());
  return [200, { site, pipeline, epoch, sequence, digest, accepted: lines, refused: [] }];
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

function problem(status: number, code: string, detail: string): Answer {
  return [status, { type: "about:blank", title: code, status, code, detail }];
}
