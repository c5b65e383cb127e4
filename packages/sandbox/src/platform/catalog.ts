import { createHash } from "node:crypto";
import { QianzhiError, compileResource } from "@qianzhi/sdk";
import type { CompiledResource, ResourceDescriptor } from "@qianzhi/sdk";
import { inTransaction } from "../store/database.ts";
import { timestamp, type Context } from "./context.ts";
import { checkSuccession, readDescriptor } from "./descriptor-rules.ts";

/** A published descriptor as it is answered: the exact text, with its entity tag. */
export interface CatalogEntry {
  readonly resource: string;
  readonly version: string;
  readonly etag: string;
  readonly publishedAt: string;
  readonly content: string;
}

/** A line of the catalog's list: the latest version of one resource. */
export interface CatalogListing {
  readonly identifier: string;
  readonly name: string;
  readonly version: string;
  readonly code: string;
  readonly provider: ResourceDescriptor["provider"];
  readonly updatedAt: string;
}

/** Preconditions of RFC 9110 on the latest version, as entity tags; `*` as ifNoneMatch: only when there is none. */
export interface Preconditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

export type Catalog = ReturnType<typeof catalogOf>;

/** The authoritative, versioned set of descriptors. */
export function catalogOf(context: Context) {
  const { database, clock } = context;
  const insert = database.prepare(
    "INSERT INTO descriptor (resource, version, serial, etag, published_at, content) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const byVersion = database.prepare(`${select} WHERE resource = ? AND version = ?`);
  const allOf = database.prepare(`${select} WHERE resource = ? ORDER BY serial`);
  const latestOf = database.prepare(`${select} WHERE resource = ? ORDER BY serial DESC LIMIT 1`);
  const latestOfAll = database.prepare(
    `${select} WHERE serial = (SELECT max(serial) FROM descriptor d WHERE d.resource = descriptor.resource) ORDER BY resource`,
  );
  const compiled = new Map<string, CompiledResource>();

  const versions = (resource: string): CatalogEntry[] => allOf.all(resource) as CatalogEntry[];

  // Versions only ever rise, so the last published is the latest.
  const entry = (resource: string, version?: string): CatalogEntry | undefined =>
    (version === undefined ? latestOf.get(resource) : byVersion.get(resource, version)) as
      | CatalogEntry
      | undefined;

  return {
    entry,
    versions,

    /** The descriptor compiled for checking records, or undefined when the catalog has no such version. */
    compiled(resource: string, version: string): CompiledResource | undefined {
      const name = `${resource}@${version}`;
      const known = compiled.get(name);
      if (known !== undefined) return known;
      const found = entry(resource, version);
      if (found === undefined) return undefined;
      const made = compileResource(JSON.parse(found.content) as ResourceDescriptor);
      compiled.set(name, made);
      return made;
    },

    list(): CatalogListing[] {
      return (latestOfAll.all() as CatalogEntry[]).map((row) => {
        const { identifier, name, version, code, provider } = JSON.parse(
          row.content,
        ) as ResourceDescriptor;
        return { identifier, name, version, code, provider, updatedAt: row.publishedAt };
      });
    },

    /**
     * Publishes a descriptor, given as JSON text. QZ_DESCRIPTOR_INVALID with every problem; QZ_CATALOG_CONFLICT when
     * the version exists with other content, is not above the latest, or a precondition fails; QZ_CATALOG_BREAKING
     * when it narrows the contract without a new major version.
     */
    publish(
      text: string,
      preconditions: Preconditions = {},
    ): { readonly created: boolean; readonly entry: CatalogEntry } {
      const descriptor = readDescriptor(text);
      const content = canonicalJson(descriptor);
      const { identifier: resource, version } = descriptor;
      return inTransaction(database, () => {
        const published = versions(resource);
        const latest = published.at(-1);
        checkPreconditions(preconditions, descriptor, latest);
        const same = published.find((row) => row.version === version);
        if (same?.content === content) return { created: false, entry: same };
        if (same !== undefined)
          throw new QianzhiError("QZ_CATALOG_CONFLICT", { resource, version });
        if (latest !== undefined)
          checkSuccession(JSON.parse(latest.content) as ResourceDescriptor, descriptor);
        const etag = `"${createHash("sha256").update(content).digest("hex").slice(0, 32)}"`;
        insert.run(resource, version, published.length + 1, etag, timestamp(clock), content);
        return { created: true, entry: entry(resource, version)! };
      });
    },
  };
}

const select =
  "SELECT resource, version, etag, published_at AS publishedAt, content FROM descriptor";

function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  { identifier, version }: ResourceDescriptor,
  latest: CatalogEntry | undefined,
): void {
  const failed =
    (ifMatch !== undefined && (latest === undefined || !matches(ifMatch, latest.etag))) ||
    (ifNoneMatch !== undefined && latest !== undefined && matches(ifNoneMatch, latest.etag));
  if (failed) {
    const problem = "the catalog's latest version is not the one that the precondition names";
    throw new QianzhiError("QZ_CATALOG_CONFLICT", {
      resource: identifier,
      version,
      problem,
      status: 412,
    });
  }
}

/** Whether an If-Match or If-None-Match header names this entity tag. */
export function matches(header: string, etag: string): boolean {
  return header
    .split(",")
    .some((part) => part.trim() === "*" || part.trim().replace(/^W\//, "") === etag);
}

/** JSON with members sorted, so that the same descriptor is the same text whoever wrote it. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
