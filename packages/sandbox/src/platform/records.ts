import type { Context } from "./context.ts";
import { pageTokens } from "./page-token.ts";

/** Which part of a resource's copy is paged through. */
export interface RecordQuery {
  /** The `next` of the page before; absent for the first. */
  readonly after?: string;
  readonly limit: number;
  readonly site?: string;
  readonly pipeline?: string;
}

/** Canonical record texts, in the order of their key texts' bytes. */
export interface RecordPage {
  readonly records: readonly string[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** Paging through the platform's copy. */
export function recordsOf({ database, random }: Context) {
  const tokens = pageTokens(database, random);
  const find = database.prepare(
    `SELECT key, content FROM record WHERE resource = ?1 AND key > ?2
       AND (?3 IS NULL OR stream IN (SELECT id FROM stream
         WHERE resource = ?1 AND (site = ?3 OR ?3 = '') AND (?4 IS NULL OR pipeline = ?4)))
     ORDER BY key LIMIT ?5`,
  );

  return (resource: string, { after, limit, site, pipeline }: RecordQuery): RecordPage => {
    const from = after === undefined ? "" : tokens.open(after);
    // One more than asked for tells whether a page follows. '' as site: any, so that a pipeline can be asked alone.
    const anySite = pipeline === undefined ? null : "";
    const rows = find.all(resource, from, site ?? anySite, pipeline ?? null, limit + 1) as {
      key: string;
      content: string;
    }[];
    const page = rows.slice(0, limit);
    return {
      records: page.map((row) => row.content),
      next: rows.length > limit ? tokens.seal(page.at(-1)!.key) : null,
    };
  };
}
