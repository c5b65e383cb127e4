import { QianzhiError } from "@qianzhi/sdk";
import type { BatchManifest, EpochRequest, StreamName } from "@qianzhi/sdk";
import { json, text, type PlatformResponse } from "./message.ts";
import { invalidRequest } from "./problem.ts";
import type { Call, Route } from "./route.ts";
import { nameSchema } from "./schemas.ts";

const streamPath = "/v1/exchange/{resource}/streams/{site}/{pipeline}";

export const exchangeRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/exchange/{resource}/batches",
    operation: "ingest",
    summary: "Takes one batch",
    access: "site",
    level: 1,
    body: { type: "application/x-ndjson" },
    answers: { 200: "Receipt", 202: "HandedOver" },
    run(call) {
      const delivery = call.platform.ingest(call.body, (manifest) => checkHeading(call, manifest));
      return "receipt" in delivery ? json(200, delivery.receipt) : json(202, delivery);
    },
  },
  {
    method: "GET",
    path: "/v1/sites/{site}/receipts",
    operation: "listReceipts",
    summary: "Receipts of a site, in the order in which they were given",
    access: "read",
    level: 1,
    query: { since: { type: "string", pattern: "^\\d{1,15}$" } },
    answers: { 200: "ReceiptPage" },
    run: ({ platform, path, query }) =>
      json(200, platform.receipts(path["site"]!, query["since"] as string | undefined)),
  },
  {
    method: "PUT",
    path: `${streamPath}/epoch`,
    operation: "openEpoch",
    summary: "Opens an epoch by compare-and-set",
    access: "site",
    level: 1,
    body: { type: "application/json", schema: "EpochRequest" },
    answers: { 200: "StreamPosition" },
    run({ platform, path, value }) {
      const request = value as EpochRequest;
      if (request.resource !== path["resource"])
        throw invalidRequest("the resource differs from the path");
      return json(200, platform.openEpoch(streamOf(path), request));
    },
  },
  {
    method: "GET",
    path: streamPath,
    operation: "readPosition",
    summary: "Where a stream stands",
    access: "read",
    level: 2,
    answers: { 200: "StreamPosition" },
    run({ platform, path }) {
      const stream = streamOf(path);
      const position = platform.position(stream);
      if (position === undefined) throw new QianzhiError("QZ_STREAM_UNKNOWN", { ...stream });
      return json(200, position);
    },
  },
  {
    method: "GET",
    path: `${streamPath}/digest`,
    operation: "readStreamDigest",
    summary: "Digest of what one stream holds, by bucket when asked",
    access: "read",
    level: 3,
    query: { bits: { type: "integer", minimum: 0, maximum: 16 } },
    answers: { 200: "DigestReport" },
    run: ({ platform, path, query }) =>
      json(200, platform.digest(streamOf(path), query["bits"] as number | undefined)),
  },
  {
    method: "GET",
    path: `${streamPath}/buckets/{bucket}`,
    operation: "listBucketKeys",
    summary: "Keys and record hashes that one stream holds in a bucket, page by page",
    access: "read",
    level: 3,
    query: {
      bits: { type: "integer", minimum: 0, maximum: 16 },
      after: { type: "string" },
      limit: { type: "integer", minimum: 1, maximum: 5000 },
    },
    answers: { 200: "BucketKeys" },
    run({ platform, path, query }) {
      const {
        bits = 12,
        after,
        limit = 1000,
      } = query as { bits?: number; after?: string; limit?: number };
      const bucket = Number(path["bucket"]);
      if (bucket >= 2 ** bits) throw invalidRequest("there is no such bucket");
      return json(200, platform.bucketKeys(streamOf(path), { bits, bucket, after, limit }));
    },
  },
  {
    method: "GET",
    path: "/v1/exchange/{resource}/streams",
    operation: "listStreams",
    summary: "All streams of a resource",
    access: "read",
    answers: { 200: "Streams" },
    run({ platform, caller, path }) {
      const rows = platform
        .streams(path["resource"]!)
        .filter(({ site }) => caller.kind !== "site" || caller.site === site);
      const streams = rows.map((row) => {
        const { count, sum } = platform.digest(row);
        return {
          site: row.site,
          pipeline: row.pipeline,
          position: platform.position(row),
          digest: { count, sum },
        };
      });
      return json(200, { streams });
    },
  },
  {
    method: "GET",
    path: "/v1/exchange/{resource}/digest",
    operation: "readDigest",
    summary: "Digest of a resource over all streams",
    access: "read",
    level: 3,
    answers: { 200: "ResourceDigest" },
    run: ({ platform, path }) => json(200, platform.resourceDigest(path["resource"]!)),
  },
  {
    method: "GET",
    path: "/v1/exchange/{resource}/records",
    operation: "listRecords",
    summary:
      "The copy, page by page, in the order of key text bytes; one record text a line for Accept: application/x-ndjson",
    access: "read",
    level: 3,
    query: {
      after: { type: "string" },
      limit: { type: "integer", minimum: 1, maximum: 5000 },
      site: nameSchema,
      pipeline: nameSchema,
    },
    answers: { 200: "RecordPage" },
    lines: true,
    run: listRecords,
  },
];

function streamOf(path: Call["path"]): StreamName {
  return { resource: path["resource"]!, site: path["site"]!, pipeline: path["pipeline"]! };
}

/** What the request says about its batch must be what the batch says about itself. */
function checkHeading(
  { caller, headers, path }: Call,
  { site, pipeline, epoch, sequence, resource }: BatchManifest,
): void {
  if (caller.kind !== "site" || caller.site !== site) {
    throw new QianzhiError("QZ_NOT_ALLOWED", { site, resource });
  }
  if (resource !== path["resource"])
    throw invalidRequest("the manifest's resource differs from the path");
  const expected = `"${site}/${pipeline}/${epoch}/${sequence}"`;
  if (headers["idempotency-key"] !== expected)
    throw invalidRequest(`Idempotency-Key is not ${expected}`);
}

function listRecords({ platform, caller, headers, path, query }: Call): PlatformResponse {
  const {
    after,
    limit = 1000,
    site,
    pipeline,
  } = query as { after?: string; limit?: number; site?: string; pipeline?: string };
  if (caller.kind === "site" && site !== caller.site) {
    throw new QianzhiError("QZ_NOT_ALLOWED", { site: caller.site, resource: path["resource"] });
  }
  const page = platform.records(path["resource"]!, {
    limit,
    ...(after === undefined ? {} : { after }),
    ...(site === undefined ? {} : { site }),
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  if (!/\bapplication\/x-ndjson\b/.test(headers["accept"] ?? "")) {
    // The texts are put in as they are: parsing them would be the one place where their bytes could change.
    return text(
      200,
      "application/json",
      `{"records":[${page.records.join(",")}],"next":${JSON.stringify(page.next)}}`,
    );
  }
  const lines = page.records.map((record) => `${record}\n`).join("");
  return text(
    200,
    "application/x-ndjson",
    lines,
    page.next === null ? {} : { link: nextLink(query, page.next) },
  );
}

function nextLink(query: Call["query"], after: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, after })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `<?${parameters.toString()}>; rel="next"`;
}
