import { QianzhiError } from "@qianzhi/sdk";
import { matches, type CatalogEntry } from "../platform/catalog.ts";
import { createHash } from "node:crypto";
import { empty, json, text, type PlatformResponse } from "./message.ts";
import { invalidRequest } from "./problem.ts";
import type { Call, Route } from "./route.ts";

export const catalogRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/catalog",
    operation: "listCatalog",
    summary: "The latest version of every resource",
    access: "open",
    level: 2,
    answers: { 200: "Catalog", 304: null },
    run({ platform, headers }) {
      const body = JSON.stringify({ resources: platform.catalog.list() });
      const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
      return unlessKnown(headers, etag, () => text(200, "application/json", body, { etag }));
    },
  },
  {
    method: "GET",
    path: "/v1/catalog/{identifier}",
    operation: "readDescriptor",
    summary: "The latest descriptor of a resource",
    access: "open",
    level: 2,
    answers: { 200: "Descriptor", 304: null },
    run: (call) => answerEntry(call, call.platform.catalog.entry(call.path["identifier"]!)),
  },
  {
    method: "GET",
    path: "/v1/catalog/{identifier}/versions",
    operation: "listVersions",
    summary: "Versions of a resource, in the order of publication",
    access: "open",
    level: 2,
    answers: { 200: "Versions" },
    run({ platform, path }) {
      const versions = platform.catalog.versions(path["identifier"]!).map((entry) => entry.version);
      if (versions.length === 0) throw unknown(path["identifier"]!);
      return json(200, { versions });
    },
  },
  {
    method: "GET",
    path: "/v1/catalog/{identifier}/versions/{version}",
    operation: "readVersion",
    summary: "One version of a descriptor",
    access: "open",
    level: 2,
    answers: { 200: "Descriptor", 304: null },
    run: (call) =>
      answerEntry(
        call,
        call.platform.catalog.entry(call.path["identifier"]!, call.path["version"]!),
      ),
  },
  {
    method: "PUT",
    path: "/v1/catalog/{identifier}/versions/{version}",
    operation: "publish",
    summary: "Publishes a version of a descriptor",
    access: "publish",
    level: 2,
    body: { type: "application/json", schema: "Descriptor" },
    answers: { 200: "Descriptor", 201: "Descriptor" },
    run({ platform, path, headers, body, value }) {
      const { identifier, version } = value as {
        readonly identifier: string;
        readonly version: string;
      };
      if (identifier !== path["identifier"] || version !== path["version"]) {
        throw invalidRequest("identifier or version of the descriptor differ from the path");
      }
      const [ifMatch, ifNoneMatch] = [headers["if-match"], headers["if-none-match"]];
      const { created, entry } = platform.catalog.publish(Buffer.from(body).toString("utf8"), {
        ...(ifMatch === undefined ? {} : { ifMatch }),
        ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
      });
      return text(created ? 201 : 200, "application/json", entry.content, { etag: entry.etag });
    },
  },
];

function answerEntry({ headers, path }: Call, entry: CatalogEntry | undefined): PlatformResponse {
  if (entry === undefined) throw unknown(path["identifier"]!, path["version"]);
  const { etag, content } = entry;
  return unlessKnown(headers, etag, () => text(200, "application/json", content, { etag }));
}

function unknown(resource: string, version?: string): QianzhiError {
  return version === undefined
    ? new QianzhiError("QZ_RESOURCE_UNKNOWN", { resource })
    : new QianzhiError("QZ_VERSION_UNKNOWN", { resource, version, status: 404 });
}

function unlessKnown(
  headers: Call["headers"],
  etag: string,
  answer: () => PlatformResponse,
): PlatformResponse {
  const header = headers["if-none-match"];
  return header !== undefined && matches(header, etag) ? empty(304, { etag }) : answer();
}
